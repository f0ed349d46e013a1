using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Microsoft.CodeAnalysis.Text;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// Whether a completion gives another meaning to those parts of the tests that run with it. Once the names are bound
/// (<see cref="TestNames"/>), what a test applies without naming it (operators, conversions, what a pattern or a query calls) is the
/// framework's, or belongs to a type that the task names; and no value of a completion judges for itself whether it equals what the
/// test expects.
/// </summary>
internal sealed class TestMeaning
{
    private readonly CSharpCompilation _program;
    private readonly ValueJudges _judges;
    private readonly FrameworkExtensions _extensions;
    private readonly HashSet<INamedTypeSymbol> _named = new(SymbolEqualityComparer.Default);
    private readonly HashSet<INamedTypeSymbol> _owners = new(SymbolEqualityComparer.Default);

    private TestMeaning(CSharpCompilation program, SyntaxTree completion, SyntaxTree harness)
    {
        _program = program;
        _extensions = new FrameworkExtensions(program);
        SemanticModel model = program.GetSemanticModel(harness);
        foreach (SimpleNameSyntax name in ProgramSource.TestsOf(harness)
            .SelectMany(test => test.DescendantNodesAndSelf()).OfType<SimpleNameSyntax>())
        {
            // A task that names a type means its base types with it.
            for (var type = model.GetSymbolInfo(name).Symbol as INamedTypeSymbol; type is not null; type = type.BaseType)
            {
                (IsOwner(name) ? _owners : _named).Add(type.OriginalDefinition);
            }
        }

        _judges = new ValueJudges(program, completion);
    }

    /// <summary>Whether a completion changes what tests mean.</summary>
    /// <param name="program">The program.</param>
    /// <param name="completion">The tree of the completion.</param>
    /// <param name="harness">The tree of the tests, with the task's names replaced.</param>
    /// <param name="computed">What the completion's process computes of them; the rest never meets it.</param>
    /// <param name="found">What it changes.</param>
    public static bool IsChanged(
        CSharpCompilation program,
        SyntaxTree completion,
        SyntaxTree harness,
        IReadOnlyList<TextSpan> computed,
        out string found)
    {
        var meaning = new TestMeaning(program, completion, harness);
        SemanticModel model = program.GetSemanticModel(harness);
        foreach (IOperation operation in ProgramSource.TestsOf(harness)
            .Select(test => model.GetOperation(test.Parent!)).OfType<IOperation>().SelectMany(test => test.DescendantsAndSelf())
            .Where(operation => computed.Any(span => span.Contains(operation.Syntax.Span))))
        {
            if (meaning.Changes(operation, out found))
            {
                found = $"{found}, which decides what a test means and is no name of the task";
                return true;
            }
        }

        found = "";
        return false;
    }

    // Whether the name stands before the name of a member: then the test says where the member is, not what values are.
    private static bool IsOwner(SimpleNameSyntax name)
    {
        ExpressionSyntax whole = name;
        while (whole.Parent is MemberAccessExpressionSyntax access && access.Name == whole
            || whole.Parent is QualifiedNameSyntax path && path.Right == whole
            || whole.Parent is AliasQualifiedNameSyntax alias && alias.Name == whole)
        {
            whole = (ExpressionSyntax)whole.Parent;
        }

        return whole.Parent is MemberAccessExpressionSyntax { Expression: var owner } && owner == whole;
    }

    private bool Changes(IOperation operation, out string found)
    {
        ISymbol? unnamed = Applied(operation).FirstOrDefault(symbol => IsCompletions(symbol) && !IsMeant(operation, symbol!));
        ITypeSymbol? open = operation switch
        {
            ITupleBinaryOperation pair => Elements(pair.LeftOperand.Type).Zip(Elements(pair.RightOperand.Type))
                .Where(both => IsUnnamed(both.First) || IsUnnamed(both.Second) || IsCompletions(both.First) != IsCompletions(both.Second))
                .Select(both => IsCompletions(both.First) ? both.First : both.Second).FirstOrDefault(),
            IDynamicInvocationOperation or IDynamicMemberReferenceOperation or IDynamicIndexerAccessOperation => operation.Type,
            IInvocationOperation call when _judges.Any && Judge(call) is { } judge => judge,
            _ => null,
        };
        found = unnamed?.ToDisplayString() ?? (open is null ? "" : $"a value of type {open.ToDisplayString()}");
        return found.Length > 0;
    }

    // Whether the task means what the completion's type does there: the type is named, and a value of it that is compared with something
    // else was made in the test, rather than returned by a function whose result might be of any type.
    private bool IsMeant(IOperation operation, ISymbol applied)
    {
        IOperation[] operands = operation switch
        {
            IBinaryOperation both => [Bare(both.LeftOperand), Bare(both.RightOperand)],
            IUnaryOperation one => [Bare(one.Operand)],
            IConversionOperation { Type.SpecialType: SpecialType.System_Boolean } one => [Bare(one.Operand)],
            IInvocationOperation { Instance: { } instance } call when !call.Arguments.IsEmpty =>
                [Bare(instance), .. call.Arguments.Select(argument => Bare(argument.Value))],
            _ => [],
        };
        bool isAmongItsOwn = operands.Length > 1 && Array.TrueForAll(operands, value => IsCompletions(value.Type));
        return isAmongItsOwn
            ? IsNamed(applied.ContainingType) || _owners.Contains(applied.ContainingType.OriginalDefinition)
            : IsNamed(applied.ContainingType)
                && Array.TrueForAll(operands, value => !IsCompletions(value.Type) || IsMade(value));
    }

    private static bool IsMade(IOperation value) => value switch
    {
        ILocalReferenceOperation use => Root(use).Descendants().Any(part => part switch
        {
            IVariableDeclaratorOperation { Initializer.Value: { } first } one => IsSame(one.Symbol, use) && IsMade(Bare(first)),
            IIsPatternOperation { Pattern: IDeclarationPatternOperation pattern } one =>
                IsSame(pattern.DeclaredSymbol, use) && IsMade(Bare(one.Value)),
            _ => false,
        }),
        IObjectCreationOperation or IDefaultValueOperation or IConversionOperation { IsImplicit: false } => true,
        IBinaryOperation both => IsMade(Bare(both.LeftOperand)) || IsMade(Bare(both.RightOperand)),
        IUnaryOperation one => IsMade(Bare(one.Operand)),
        _ => false,
    };

    private static bool IsSame(ISymbol? declared, ILocalReferenceOperation use) =>
        SymbolEqualityComparer.Default.Equals(declared, use.Local);

    private static IOperation Root(IOperation part) => part.Parent is { } parent ? Root(parent) : part;

    // A value before any conversion that the test does not write.
    private static IOperation Bare(IOperation value) =>
        value is IConversionOperation { IsImplicit: true } conversion ? Bare(conversion.Operand) : value;

    // What an operation calls beyond the names that its text contains.
    private IEnumerable<ISymbol?> Applied(IOperation operation) => operation switch
    {
        IBinaryOperation one => [one.OperatorMethod],
        IUnaryOperation one => [one.OperatorMethod],
        IConversionOperation one => [one.OperatorMethod],
        ICompoundAssignmentOperation one =>
            [one.OperatorMethod, one.InConversion.MethodSymbol, one.OutConversion.MethodSymbol],
        IIncrementOrDecrementOperation one => [one.OperatorMethod],
        IRecursivePatternOperation one => [one.DeconstructSymbol],
        IListPatternOperation one => [one.LengthSymbol, one.IndexerSymbol],
        ISlicePatternOperation one => [one.SliceSymbol],
        IImplicitIndexerReferenceOperation one => [one.LengthSymbol],
        IInvocationOperation one when !IsSpoken(one) => [one.TargetMethod],
        _ => [],
    };

    // Whether the test speaks the method's name, and the framework has no other meaning for it. Without an argument it learns nothing
    // of what the test expects.
    private bool IsSpoken(IInvocationOperation call)
    {
        string name = call.TargetMethod.Name;
        if (call.TargetMethod.MethodKind == MethodKind.DelegateInvoke)
        {
            return true;
        }

        SimpleNameSyntax? spoken = call.Syntax is InvocationExpressionSyntax { Expression: var target }
            ? target switch
            {
                SimpleNameSyntax simple => simple,
                MemberAccessExpressionSyntax access => access.Name,
                MemberBindingExpressionSyntax binding => binding.Name,
                _ => null,
            }
            : null;
        return spoken?.Identifier.ValueText == name
            && (call.TargetMethod.IsStatic || call.Arguments.IsEmpty
                || (!_extensions.Has(name) && !IsObjects(name, call.Arguments.Length)));
    }

    // Equals(object) and the like: every object has them, whatever it is.
    private bool IsObjects(string name, int arguments) =>
        arguments > 0 && !_program.GetSpecialType(SpecialType.System_Object).GetMembers(name).IsEmpty;

    // The type of a completion's value to which a call hands what the test expects, and which may decide by itself.
    private ITypeSymbol? Judge(IInvocationOperation call)
    {
        IMethodSymbol method = call.TargetMethod;
        bool decides = method.ReturnType.SpecialType is SpecialType.System_Boolean or SpecialType.System_Int32;
        bool isQuery = method.ContainingType.ToDisplayString() == "System.Linq.Enumerable";
        if (IsCompletions(method) || !(decides || isQuery))
        {
            return null;
        }

        IOperation[] operands = [.. new[] { call.Instance }.Concat(call.Arguments.Select(argument => argument.Value)).OfType<IOperation>()];

        // Values of a type that the task names judge each other, but nothing else.
        ITypeSymbol[] compared = [.. operands.Select(Plain).Select(value => value.Type).OfType<ITypeSymbol>()
            .Where(type => type.TypeKind != TypeKind.Delegate).SelectMany(type => Elements(type).DefaultIfEmpty(type))];
        Func<ITypeSymbol, bool> isMeant = Array.TrueForAll(compared, IsCompletions) ? IsNamed : _ => false;
        return operands.Length < 2 ? null : operands.Select(Plain).Where(IsFromCompletion).Select(value => value.Type).OfType<ITypeSymbol>()
            .FirstOrDefault(type => isQuery ? JudgesQuery(method, type, isMeant) : _judges.IsOpen(type, method, isMeant));
    }

    // Queries only read their source, except that Contains asks a collection; what compares elements asks the elements.
    private bool JudgesQuery(IMethodSymbol method, ITypeSymbol source, Func<ITypeSymbol, bool> isMeant)
    {
        IMethodSymbol whole = (method.ReducedFrom ?? method).OriginalDefinition;
        bool compares = whole.Parameters.Skip(1).Any(parameter => parameter.Type.TypeKind != TypeKind.Delegate
            && (parameter.Type is ITypeParameterSymbol or INamedTypeSymbol { IsGenericType: true }));
        bool asks = whole.Parameters.Skip(1).Any(parameter => parameter.Type is ITypeParameterSymbol);
        return compares && (Elements(source).Any(element => _judges.IsOpen(element, null, isMeant))
            || (asks && _judges.IsOpen(source, method, isMeant)));
    }

    // A value before it is boxed or seen as its interface.
    private static IOperation Plain(IOperation value) =>
        value is IConversionOperation { OperatorMethod: null, IsImplicit: true } conversion ? Plain(conversion.Operand) : value;

    private bool IsFromCompletion(IOperation value) => value.DescendantsAndSelf().Any(part => part switch
    {
        IInvocationOperation call => IsCompletions(call.TargetMethod),
        IMemberReferenceOperation reference => IsCompletions(reference.Member),
        IObjectCreationOperation creation => creation.Constructor is { } constructor && IsCompletions(constructor),
        IParameterReferenceOperation or ILocalReferenceOperation => true,
        _ => false,
    });

    private static ImmutableArray<ITypeSymbol> Elements(ITypeSymbol? type) => type switch
    {
        IArrayTypeSymbol array => [array.ElementType],
        INamedTypeSymbol named => named.TypeArguments,
        _ => [],
    };

    private bool IsUnnamed(ITypeSymbol type) => (IsCompletions(type) && !IsNamed(type)) || Elements(type).Any(IsUnnamed);

    private bool IsNamed(ITypeSymbol? type) => type is INamedTypeSymbol named && _named.Contains(named.OriginalDefinition);

    private bool IsCompletions(ISymbol? symbol) =>
        symbol is not null && SymbolEqualityComparer.Default.Equals(symbol.ContainingAssembly, _program.Assembly);
}
