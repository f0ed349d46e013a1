using System.Diagnostics.CodeAnalysis;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// What a completion may not refer to, according to the symbols in its code: network, processes, native code, reflection and whatever
/// generates code at run time; and files, unless the sandbox isolates the file system. This is the second line of defence,
/// behind the sandbox.
/// </summary>
internal sealed class ApiRules
{
    private static readonly string[] Namespaces =
    [
        "System.Net", "System.Diagnostics", "System.Reflection", "System.Runtime.InteropServices",
        "System.Runtime.CompilerServices", "System.Runtime.Loader", "System.Runtime.Intrinsics",
        "System.IO.Pipes", "System.IO.MemoryMappedFiles", "System.IO.IsolatedStorage", "System.Linq.Expressions",
        "System.Security", "System.Resources", "System.CodeDom", "System.Runtime.Serialization", "Microsoft",
    ];

    private static readonly string[] Types =
        [
            "System.Activator", "System.AppDomain", "System.AppContext", "System.Environment", "System.TypedReference",
            "System.RuntimeTypeHandle", "System.RuntimeMethodHandle", "System.RuntimeFieldHandle", "System.ArgIterator",
            "System.Threading.ThreadPool",
        ];

    private static readonly string[] Members =
    [
        "System.Delegate.DynamicInvoke", "System.Delegate.CreateDelegate", "System.Type.InvokeMember", "System.Type.GetType",
        "System.Type.GetTypeFromProgID", "System.Type.GetTypeFromCLSID",
    ];

    // Exceptions to the refused names that are harmless.
    private static readonly string[] Harmless =
    [
        "System.Diagnostics.Stopwatch", "System.Diagnostics.Debug", "System.Environment.NewLine", "System.Environment.TickCount",
        "System.Environment.TickCount64", "System.Environment.ProcessorCount",
        "System.Runtime.CompilerServices.MethodImplAttribute", "System.Runtime.CompilerServices.MethodImplOptions",
        "System.Runtime.CompilerServices.TaskAwaiter", "System.Runtime.CompilerServices.ITuple",
        "System.Diagnostics.DebuggerDisplayAttribute", "System.Reflection.MemberInfo.Name", "System.Diagnostics.CodeAnalysis",
    ];

    private static readonly string[] Memory =
    [
        "System.IO.StringReader", "System.IO.StringWriter", "System.IO.TextReader", "System.IO.TextWriter", "System.IO.MemoryStream",
        "System.IO.Stream", "System.IO.IOException", "System.IO.InvalidDataException", "System.IO.EndOfStreamException",
    ];

    // Attributes that the compiler or the runtime knows by the name of their namespace.
    private static readonly string[] Known = ["System.Runtime.InteropServices", "System.Runtime.CompilerServices"];

    private ApiRules(bool files) => AllowsFiles = files;

    /// <summary>All rules except those about files, for sandboxes that isolate the file system.</summary>
    public static ApiRules WithFiles { get; } = new(files: true);

    /// <summary>All rules.</summary>
    public static ApiRules WithoutFiles { get; } = new(files: false);

    /// <summary>Whether files are left to the sandbox.</summary>
    public bool AllowsFiles { get; }

    /// <summary>The rules for programs in a sandbox.</summary>
    /// <param name="isolation">How they are isolated.</param>
    public static ApiRules For(Isolation isolation) => isolation.HasOwnFiles ? WithFiles : WithoutFiles;

    /// <summary>Whether the rules refuse a source.</summary>
    /// <param name="model">Its semantic model.</param>
    /// <param name="refused">What is refused, and where; empty if nothing is.</param>
    internal bool Refuses(SemanticModel model, out string refused)
    {
        refused = "";
        SyntaxNode root = model.SyntaxTree.GetRoot();
        foreach (SyntaxNode node in root.DescendantNodes())
        {
            if (TryFind(model, node, out string found))
            {
                refused = $"line {node.GetLocation().GetLineSpan().StartLinePosition.Line + 1}: {found}, which a program under "
                    + "test may not use";
                return true;
            }
        }

        return false;
    }

    private bool TryFind(SemanticModel model, SyntaxNode node, out string found)
    {
        found = "";
        switch (node)
        {
            case ExternAliasDirectiveSyntax or UnsafeStatementSyntax or PointerTypeSyntax or FunctionPointerTypeSyntax
                or StackAllocArrayCreationExpressionSyntax:
                found = node.Kind().ToString();
                break;
            case AttributeListSyntax { Parent: CompilationUnitSyntax }:
            case AttributeListSyntax { Target.Identifier.ValueText: "assembly" or "module" }:
                found = "an attribute of the assembly";
                break;
            case MemberDeclarationSyntax member when member.Modifiers.Any(SyntaxKind.ExternKeyword):
            case LocalFunctionStatementSyntax function when function.Modifiers.Any(SyntaxKind.ExternKeyword):
                found = "extern";
                break;
            case AttributeSyntax attribute when IsLookalike(model.GetTypeInfo(attribute).Type, out found):
                break;
            case ExpressionSyntax or AttributeSyntax:
                SymbolInfo info = model.GetSymbolInfo(node);
                foreach (ISymbol symbol in info.CandidateSymbols.Prepend(info.Symbol).OfType<ISymbol>())
                {
                    if (IsRefused(symbol, out found))
                    {
                        return true;
                    }
                }

                return IsRefusedType(model.GetTypeInfo(node).Type, out found);
        }

        return found.Length > 0;
    }

    // A type of the completion in a namespace, wherever it is, that is named like the runtime's.
    private static bool IsLookalike(ITypeSymbol? type, out string found)
    {
        string name = type is not null && type.Locations.Any(location => location.IsInSource) ? $".{FullName(type)}" : "";
        found = Array.Find(Known, space => name.Contains($".{space}.", StringComparison.Ordinal)) is null
            ? ""
            : $"an attribute of its own in {name[1..]}";
        return found.Length > 0;
    }

    // A symbol, its container and its type: typeof(x).Assembly names nothing that is refused, but returns it.
    private bool IsRefused(ISymbol symbol, out string found)
    {
        ITypeSymbol? given = symbol switch
        {
            IMethodSymbol method => method.ReturnType,
            IPropertySymbol property => property.Type,
            IFieldSymbol field => field.Type,
            _ => null,
        };
        string name = FullName(symbol);
        found = Members.Contains(name) ? name : "";
        if (symbol is ITypeSymbol type)
        {
            return IsRefusedType(type, out found);
        }

        bool isHarmless = Harmless.Contains(name);
        if (symbol is IMethodSymbol { ContainingType: { } holder } called && IsFrameworks(holder)
            && holder.SpecialType is not (SpecialType.System_IntPtr or SpecialType.System_UIntPtr)
            && called.Parameters.Any(parameter => parameter.Type.SpecialType is SpecialType.System_IntPtr or SpecialType.System_UIntPtr))
        {
            found = $"{name} of an address or a handle";
        }

        return found.Length > 0
            || (!isHarmless && symbol.ContainingType is { } owner && IsRefusedType(owner, out found))
            || IsRefusedType(given, out found);
    }

    private bool IsRefusedType(ITypeSymbol? type, out string found)
    {
        found = "";
        switch (type)
        {
            case null:
                return false;
            case IDynamicTypeSymbol:
                found = "dynamic";
                return true;
            case IArrayTypeSymbol array:
                return IsRefusedType(array.ElementType, out found);
            case IPointerTypeSymbol or IFunctionPointerTypeSymbol:
                found = "a pointer";
                return true;
        }

        // Whatever the completion itself declares is allowed.
        if (!IsFrameworks(type))
        {
            return false;
        }

        string name = FullName(type.OriginalDefinition);
        bool isRefused = Types.Contains(name)
            || (Array.Exists(Namespaces, space => IsWithin(name, space)) && !Array.Exists(Harmless, one => IsWithin(name, one)))
            || (!AllowsFiles && IsWithin(name, "System.IO") && !Memory.Contains(name));
        found = isRefused ? name : "";
        return isRefused;
    }

    private static bool IsFrameworks(ITypeSymbol type) => !type.Locations.Any(location => location.IsInSource);

    private static bool IsWithin(string name, string space) =>
        name.StartsWith(space, StringComparison.Ordinal) && (name.Length == space.Length || name[space.Length] == '.');

    [SuppressMessage("Style", "IDE0072", Justification = "The other kinds are named alike.")]
    private static string FullName(ISymbol symbol) => symbol.ContainingSymbol switch
    {
        INamespaceSymbol { IsGlobalNamespace: true } or null => symbol.Name,
        INamespaceSymbol or INamedTypeSymbol => $"{FullName(symbol.ContainingSymbol)}.{symbol.Name}",
        _ => symbol.Name,
    };
}
