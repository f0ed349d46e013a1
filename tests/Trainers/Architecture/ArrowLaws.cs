using System.Xml.Linq;

namespace RlCore.Trainers.Tests.Architecture;

/// <summary>
/// References run one way: Algebra ← Contract ← {Managed, Torch, Mpi, Trainers} ← Worker; Algebra ← Facade; Studies and Chat beside Worker.
/// </summary>
public sealed class ArrowLaws
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Algebra"] = [],
        ["Contract"] = ["Algebra"],
        ["Managed"] = ["Contract", "Algebra"],
        ["Torch"] = ["Contract", "Algebra"],
        ["Mpi"] = ["Contract"],
        ["Trainers"] = ["Contract", "Algebra"],
        ["Facade"] = ["Algebra"],
        ["Studies"] = ["Facade", "Trainers"],
        ["Chat"] = ["Trainers", "Managed"],
        ["Worker"] = ["Studies", "Trainers", "Managed", "Torch", "Mpi"],
    };

    [Fact]
    public void Every_project_references_only_what_lies_below_it()
    {
        foreach (var (name, project) in Projects())
        {
            foreach (string reference in References(project, "ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r)))
            {
                Assert.True(Allowed[name].Contains(reference), $"{name} references {reference}, which does not lie below it.");
            }
        }
    }

    [Fact]
    public void Algebra_needs_no_package_but_the_tensor_primitives()
    {
        var packages = References(Projects().Single(p => p.Name == "Algebra").Project, "PackageReference");
        Assert.Equal(["System.Numerics.Tensors"], packages);
    }

    [Fact]
    public void Only_the_Torch_project_names_TorchSharp()
    {
        foreach (var (name, project) in Projects().Where(p => p.Name != "Torch"))
        {
            Assert.True(
                !References(project, "PackageReference").Any(r => r.StartsWith("TorchSharp", StringComparison.Ordinal)),
                $"{name} references TorchSharp.");
        }
    }

    private static IEnumerable<(string Name, XDocument Project)> Projects() =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Select(file => (Path.GetFileNameWithoutExtension(file), XDocument.Load(file)))
            .Where(p => Allowed.ContainsKey(p.Item1));

    private static string[] References(XDocument project, string kind) =>
        [.. project.Descendants(kind).Select(e => (string)e.Attribute("Include")!)];
}
