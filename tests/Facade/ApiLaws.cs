using System.Reflection;
using RlCore.Algebra;

namespace RlCore.Facade.Tests;

/// <summary>
/// The public members of the library are those of tests/Facade/api. To accept a change:
/// <c>RLCORE_ACCEPT_API=1 dotnet test tests/Facade -c Release</c>.
/// </summary>
public sealed class ApiLaws
{
    private const string Accept = "RLCORE_ACCEPT_API";

    [Theory]
    [InlineData(typeof(Real))]
    [InlineData(typeof(Losses))]
    [InlineData(typeof(FSharp.Preference))]
    [InlineData(typeof(Engines.EngineSet))]
    [InlineData(typeof(Engines.Managed.ManagedEngine))]
    [InlineData(typeof(Processes.Mpi.MpiProvider))]
    [InlineData(typeof(Trainers.Runs.Train))]
    [InlineData(typeof(Chat.RlCoreChatClient))]
    public void A_packed_assembly_has_the_members_of_its_baseline(Type member) => Compare(member.Assembly);

    private static void Compare(Assembly assembly)
    {
        string[] actual = ApiText.Of(assembly);
        string file = Path.Combine(Repository.Root, "tests", "Facade", "api", $"{assembly.GetName().Name}.txt");
        if (Environment.GetEnvironmentVariable(Accept) == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, string.Join('\n', actual) + '\n');
            return;
        }

        string[] expected = File.Exists(file) ? File.ReadAllLines(file) : [];
        string[] difference = [.. expected.Except(actual)
            .Select(line => $"- {line}"), .. actual.Except(expected)
            .Select(line => $"+ {line}")];
        Assert.True(
            difference.Length == 0,
            $"The public members of {assembly.GetName().Name} changed:\n{string.Join('\n', difference)}\nTo accept this: {Accept}=1 dotnet "
                + "test tests/Facade -c Release");
    }
}
