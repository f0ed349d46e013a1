using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace RlCore.Trainers.Rewards;

/// <summary>The extension methods of the framework: in a test, their names mean them, and nothing that a completion declares.</summary>
/// <param name="program">The program.</param>
internal sealed class FrameworkExtensions(CSharpCompilation program)
{
    private readonly Dictionary<string, bool> _known = new(StringComparer.Ordinal);

    /// <summary>Whether there is one of this name.</summary>
    public bool Has(string name)
    {
        if (!_known.TryGetValue(name, out bool has))
        {
            has = _known[name] = ProgramSource.Imported.Any(space => Namespace(space) is { } found && found.GetTypeMembers()
                .Any(type => type.MightContainExtensionMethods
                    && type.GetMembers(name).OfType<IMethodSymbol>().Any(method => method.IsExtensionMethod)));
        }

        return has;
    }

    private INamespaceSymbol? Namespace(string name) => name.Split('.').Aggregate(
        (INamespaceSymbol?)program.GlobalNamespace,
        (space, part) => space?.GetNamespaceMembers().FirstOrDefault(one => one.Name == part));
}
