using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// The code of a completion that the framework asks about other values: its types that override or implement a framework's method
/// with a parameter (Equals, CompareTo, Contains), and comparers made of functions. A completion may have them for its own use; they
/// matter only where the framework would ask them in a test.
/// </summary>
internal sealed class ValueJudges
{
    private readonly CSharpCompilation _program;

    /// <summary>Those of a completion.</summary>
    /// <param name="program">The program.</param>
    /// <param name="completion">The tree of the completion.</param>
    public ValueJudges(CSharpCompilation program, SyntaxTree completion)
    {
        _program = program;
        SemanticModel model = program.GetSemanticModel(completion);
        Any = completion.GetRoot().DescendantNodes().Any(node => node switch
        {
            TypeDeclarationSyntax type => model.GetDeclaredSymbol(type) is INamedTypeSymbol symbol && Judges(symbol),
            InvocationExpressionSyntax call => model.GetSymbolInfo(call).Symbol is IMethodSymbol method && MakesComparer(method),
            _ => false,
        });
    }

    /// <summary>Whether there are any.</summary>
    public bool Any { get; }

    /// <summary>Whether values of a type may hold such code.</summary>
    /// <param name="type">The type.</param>
    /// <param name="method">The framework's method that is called on the value; null if it is compared.</param>
    /// <param name="isMeant">Whether the task means what a type of the completion does there.</param>
    public bool IsOpen(ITypeSymbol type, IMethodSymbol? method, Func<ITypeSymbol, bool> isMeant) => type switch
    {
        IArrayTypeSymbol array => IsOpen(array.ElementType, null, isMeant),
        INamedTypeSymbol named when IsCompletions(named) => !isMeant(named),
        INamedTypeSymbol { TypeKind: TypeKind.Delegate } => false,
        INamedTypeSymbol { TypeKind: TypeKind.Class, SpecialType: not SpecialType.System_Object } named =>
            named.TypeArguments.Any(argument => IsOpen(argument, null, isMeant)) || HasComparer(named)
            || (!named.IsSealed && (method is null || method.IsVirtual || method.IsOverride || method.IsAbstract
                || method.ContainingType.TypeKind == TypeKind.Interface || method.IsExtensionMethod)),
        INamedTypeSymbol { IsValueType: true } named => named.TypeArguments.Any(argument => IsOpen(argument, null, isMeant)),
        _ => true,
    };

    private bool Judges(INamedTypeSymbol type)
    {
        ISymbol[] asked = [.. type.AllInterfaces.Where(one => !IsCompletions(one)).SelectMany(one => one.GetMembers())
            .Select(type.FindImplementationForInterfaceMember).OfType<ISymbol>()];
        return type.GetMembers().Any(member => !member.IsImplicitlyDeclared
            && member is IMethodSymbol { Parameters.Length: > 0 } method
            && (OverridesFramework(method) || asked.Contains(method, SymbolEqualityComparer.Default)));
    }

    private bool OverridesFramework(IMethodSymbol method)
    {
        IMethodSymbol first = method;
        while (first.OverriddenMethod is { } overridden)
        {
            first = overridden;
        }

        return method.IsOverride && !IsCompletions(first);
    }

    private bool MakesComparer(IMethodSymbol method) => !IsCompletions(method)
        && method.Parameters.Any(parameter => parameter.Type.TypeKind == TypeKind.Delegate) && IsComparer(method.ReturnType);

    private static bool HasComparer(INamedTypeSymbol type) => type.GetMembers().OfType<IPropertySymbol>()
        .Any(property => IsComparer(property.Type));

    private static bool IsComparer(ITypeSymbol type) => type.AllInterfaces.Append(type)
        .Any(one => one.OriginalDefinition.ToDisplayString() is "System.Collections.Generic.IComparer<T>"
            or "System.Collections.Generic.IEqualityComparer<T>");

    private bool IsCompletions(ISymbol symbol) => SymbolEqualityComparer.Default.Equals(symbol.ContainingAssembly, _program.Assembly);
}
