using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace RlCore.Trainers.Tests.Architecture;

/// <summary>
/// The folders of src/Trainers know each other in one direction only. What a folder knows is read off the compiled code, so that a
/// type that happens to be in the same namespace counts too; comments do not.
/// </summary>
public sealed class FolderArrowLaws
{
    private const int MostFiles = 25;

    private const string NewStage = "Stages/…";

    // Each folder may use those before it. A stage that is not named stands after those that are.
    private static readonly string[] Folders =
    [
        "Inputs", "Settings", "Files", "Hub", "Sequences", "Metrics", "Tokenizers", "Models", "Datasets", "Checkpoints", "Export",
        "Rewards", "Rollouts", "Search", "Serving", "Stages/Common", "Stages/Supervised", "Stages/Preference", "Stages/Unpaired",
        "Stages/Reward",
        "Stages/OnPolicy", "Stages/OnlinePreference", "Stages/Rejection", "Stages/Distillation", NewStage, "Recipes", "Evaluation", "Runs",
        "Hosting",
    ];

    private static readonly Lazy<CSharpCompilation> Trainers = new(Compile);

    [Fact]
    public void Folders_of_the_trainers_know_only_those_below_them()
    {
        Dictionary<string, int> declared = Declared(Trainers.Value);
        Assert.Empty(Trainers.Value.SyntaxTrees.Skip(1).SelectMany(tree => Violations(Trainers.Value, tree, declared)));
    }

    [Fact]
    public void An_arrow_that_is_turned_round_is_found()
    {
        SyntaxTree turned = Parse(
            "namespace RlCore.Trainers.Files; internal static class Turned { public static object Run() => new "
                + "RlCore.Trainers.Runs.RunRequest(null!, null!); }",
            Path.Combine(Root, "Files", "Turned.cs"));
        CSharpCompilation all = Trainers.Value.AddSyntaxTrees(turned);
        Assert.Equal(["Files knows Runs, by Turned.cs: RunRequest"], Violations(all, turned, Declared(all)).Distinct());
    }

    [Fact]
    public void No_folder_has_more_files_than_a_reader_can_take_in() => Assert.Empty(
        Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src"), "*", SearchOption.AllDirectories)
            .Where(folder => !IsBuilt(folder) && Directory.EnumerateFiles(folder, "*.cs").Count() > MostFiles)
            .Select(folder => Path.GetRelativePath(Repository.Root, folder))
            .Except(["src/Studies/Conformance"]));

    private static string Root => Path.Combine(Repository.Root, "src", "Trainers");

    private static SyntaxTree Parse(string text, string path) =>
        CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(LanguageVersion.Preview), path);

    private static bool IsBuilt(string path) => path.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin");

    private static CSharpCompilation Compile()
    {
        SyntaxTree usings = Parse(
            "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; "
            + "global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;",
            "");
        IEnumerable<MetadataReference> references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).Equals("RlCore.Trainers.dll", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path));
        IEnumerable<SyntaxTree> sources = Directory.EnumerateFiles(Root, "*.cs", SearchOption.AllDirectories)
            .Where(file => !IsBuilt(Path.GetRelativePath(Root, file)))
            .Select(file => Parse(File.ReadAllText(file), file));
        return CSharpCompilation.Create(
            "Arrows",
            [usings, .. sources],
            references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, concurrentBuild: false));
    }

    // The last folder in which a type or an extension has a name; attributes are named without their suffix too. No other name needs a
    // look: whoever uses a member without naming its type had it from something that names the type, and is in that folder or above it.
    private static Dictionary<string, int> Declared(CSharpCompilation compilation)
    {
        var declared = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (SyntaxTree tree in compilation.SyntaxTrees.Skip(1))
        {
            int folder = Array.IndexOf(Folders, FolderOf(tree));
            foreach (SyntaxNode node in tree.GetRoot().DescendantNodes())
            {
                string name = node switch
                {
                    BaseTypeDeclarationSyntax type => type.Identifier.ValueText,
                    DelegateDeclarationSyntax type => type.Identifier.ValueText,
                    MethodDeclarationSyntax method when IsExtension(method) => method.Identifier.ValueText,
                    _ => "",
                };
                foreach (string known in new[] { name, name.EndsWith("Attribute", StringComparison.Ordinal) ? name[..^9] : "" })
                {
                    declared[known] = Math.Max(folder, declared.GetValueOrDefault(known, -1));
                }
            }
        }

        return declared;
    }

    private static bool IsExtension(MethodDeclarationSyntax method) =>
        method.ParameterList.Parameters is [ParameterSyntax first, ..] && first.Modifiers.Any(SyntaxKind.ThisKeyword);

    private static IEnumerable<string> Violations(CSharpCompilation compilation, SyntaxTree tree, Dictionary<string, int> declared)
    {
        SemanticModel meaning = compilation.GetSemanticModel(tree);
        string from = FolderOf(tree);

        // To bind a name takes long; most are those of nothing above.
        foreach (SimpleNameSyntax name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>()
            .Where(name => declared.GetValueOrDefault(name.Identifier.ValueText, -1) > Array.IndexOf(Folders, from)))
        {
            ISymbol? symbol = meaning.GetSymbolInfo(name).Symbol;
            ISymbol? type = symbol as INamedTypeSymbol ?? symbol?.ContainingType;
            foreach (string to in (type?.DeclaringSyntaxReferences ?? []).Take(1).Select(place => FolderOf(place.SyntaxTree)))
            {
                if (Array.IndexOf(Folders, to) > Array.IndexOf(Folders, from))
                {
                    yield return $"{from} knows {to}, by {Path.GetFileName(tree.FilePath)}: {type!.Name}";
                }
            }
        }
    }

    private static string FolderOf(SyntaxTree tree)
    {
        string[] parts = Path.GetRelativePath(Root, tree.FilePath).Split(Path.DirectorySeparatorChar);
        string stage = parts[0] == "Stages" ? $"Stages/{parts[1]}" : "";
        string folder = stage.Length == 0 ? parts[0] : Folders.Contains(stage) ? stage : NewStage;
        Assert.True(Folders.Contains(folder), $"{folder} has no place among the folders of the trainers.");
        return folder;
    }
}
