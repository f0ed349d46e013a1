using System.Reflection;
using RlCore.Algebra;

namespace RlCore.Properties;

/// <summary>
/// The public members are those of a reviewed list, so that none appears or goes unseen. With RLCORE_WRITE_API set to the
/// folder of the lists, they are written anew.
/// </summary>
public sealed class PublicApi
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    [Fact]
    public void Is_the_reviewed_one()
    {
        string name = "RlCore.Algebra.txt";
        string[] actual = Members(typeof(Real).Assembly);
        if (Environment.GetEnvironmentVariable("RLCORE_WRITE_API") is { Length: > 0 } folder)
        {
            File.WriteAllText(Path.Combine(folder, name), string.Join('\n', actual) + '\n');
        }

        string[] reviewed = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "api", name));
        Assert.Equal([], actual.Except(reviewed));
        Assert.Equal([], reviewed.Except(actual));
    }

    private static string[] Members(Assembly assembly) =>
    [
        .. assembly.GetExportedTypes()
            .SelectMany(type => type.GetMembers(Declared).Where(IsApi).Select(member => $"{type}: {member}").Append($"{type}"))
            .Order(StringComparer.Ordinal)
            .Distinct(),
    ];

    // Accessors stand for their properties; what records and enumerations generate is no choice of ours.
    private static bool IsApi(MemberInfo member) =>
        member is not MethodInfo { IsSpecialName: true, Name: ['g' or 's', 'e', 't', '_', ..] }
        && !member.Name.Contains('<')
        && member is not Type
        && member.Name is not ("value__" or "Deconstruct" or "Equals" or "GetHashCode" or "ToString" or "op_Equality" or "op_Inequality");
}
