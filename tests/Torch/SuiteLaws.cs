using System.Text.RegularExpressions;
using RlCore.Trainers.Tests;

namespace RlCore.Engines.Torch.Tests;

/// <summary>Which suites run on this engine.</summary>
public sealed partial class SuiteLaws
{
    [Theory]
    [InlineData("tests/Engines")]
    [InlineData("tests/Trainers")]
    public void Every_suite_that_is_generic_in_the_tensor_runs_on_this_engine(string folder)
    {
        string[] suites =
        [
            .. Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories)
                .SelectMany(file => GenericSuite().Matches(File.ReadAllText(file)))
                .Select(match => match.Groups["name"].Value),
        ];
        string[] run = [.. typeof(SuiteLaws).Assembly.GetTypes().Where(type => !type.IsAbstract).SelectMany(BasesOverThisTensor)];
        Assert.NotEmpty(suites);
        Assert.Empty(suites.Except(run));
    }

    private static IEnumerable<string> BasesOverThisTensor(Type type)
    {
        for (Type? ancestor = type.BaseType; ancestor is not null; ancestor = ancestor.BaseType)
        {
            if (ancestor.IsGenericType && ancestor.GetGenericArguments() is [var tensor] && tensor == typeof(TorchTensor))
            {
                yield return ancestor.Name.Split('`')[0];
            }
        }
    }

    [GeneratedRegex(@"abstract class (?<name>\w+)<T>[^{]*where T : struct, ITensor<T>")]
    private static partial Regex GenericSuite();
}
