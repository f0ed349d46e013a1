using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// Cuts each test where the completion's part ends: the innermost expressions that call it and whose values are plain. In
/// <c>Sort([2, 1]).SequenceEqual(new[] { 1, 2 })</c> that is <c>Sort([2, 1])</c>; the rest, with what is expected, never runs with a
/// completion. Where a value cannot leave the program, as in <c>new Bag().Contains(1)</c> the bag, the part is larger; at worst, it is the
/// whole test.
/// </summary>
internal sealed class TestCutter
{
    // What of a sequence without an end is needed: these are part of what the completion computes.
    private static readonly HashSet<string> LazySteps =
    [
        "Take", "TakeWhile", "Skip", "SkipWhile", "Where", "Select", "First", "FirstOrDefault", "ElementAt", "ElementAtOrDefault",
    ];

    private static readonly SymbolDisplayFormat Full = SymbolDisplayFormat.FullyQualifiedFormat;

    private readonly SemanticModel _model;
    private readonly ExpressionSyntax _test;
    private readonly TestParts _parts;
    private readonly List<TextSpan> _computed;

    // The part whose statements set variables that its values use, and where these statements are.
    private int _block = -1;
    private TextSpan _statements;

    private TestCutter(SemanticModel model, ExpressionSyntax test, TestParts parts, List<TextSpan> computed) =>
        (_model, _test, _parts, _computed) = (model, test, parts, computed);

    /// <summary>The tests, cut.</summary>
    /// <param name="program">The program, with all names of the tests bound.</param>
    /// <param name="harness">The tree of the tests.</param>
    /// <param name="computed">What the completion's process computes.</param>
    public static CutTests Cut(CSharpCompilation program, SyntaxTree harness, out IReadOnlyList<TextSpan> computed)
    {
        SemanticModel model = program.GetSemanticModel(harness);
        var parts = new TestParts();
        var spans = new List<TextSpan>();
        foreach (ExpressionSyntax test in ProgramSource.TestsOf(harness))
        {
            int before = parts.Count;
            string? verdict = new TestCutter(model, test, parts, spans).Cut(test);
            if (verdict is null)
            {
                parts.Forget(before, -1, 0);
                verdict = Whole(test, parts);
                spans.Add(test.Span);
            }

            parts.AddTest(verdict);
        }

        computed = spans;
        return parts.Write();
    }

    /// <summary>The tests, each of them one part, for those that cannot be cut.</summary>
    /// <param name="harness">The tree of the tests.</param>
    /// <param name="computed">What the completion's process computes: everything.</param>
    public static CutTests Whole(SyntaxTree harness, out IReadOnlyList<TextSpan> computed)
    {
        var parts = new TestParts();
        computed = [.. ProgramSource.TestsOf(harness).Select(test => test.Span)];
        foreach (ExpressionSyntax test in ProgramSource.TestsOf(harness))
        {
            parts.AddTest(Whole(test, parts));
        }

        return parts.Write();
    }

    private static string Whole(ExpressionSyntax test, TestParts parts) => parts.Add(parts.Begin(""), $"(bool)({test})", "bool", []);

    // What stands for an expression in the verdict; null if it cannot be cut.
    private string? Cut(ExpressionSyntax node)
    {
        if (!Touches(node))
        {
            return node.ToString();
        }

        (int parts, int places) = (_parts.Count, _parts.PlacesOf(_block));
        string? verdict = CutBlock(node) ?? CutOpen(node);
        if (verdict is null)
        {
            _parts.Forget(parts, _block, places);
            verdict = AsPlace(node);
        }

        return verdict;
    }

    // An expression of the framework around others, which are cut.
    private string? CutOpen(ExpressionSyntax node)
    {
        if (!IsOpen(node))
        {
            return null;
        }

        var changes = new List<TextChange>();
        foreach (ExpressionSyntax inner in Inner(node).Where(Touches))
        {
            if (Cut(inner) is not { } verdict)
            {
                return null;
            }

            changes.Add(new TextChange(new TextSpan(inner.SpanStart - node.SpanStart, inner.Span.Length), verdict));
        }

        return SourceText.From(node.ToString()).WithChanges(changes).ToString();
    }

    private static IEnumerable<ExpressionSyntax> Inner(SyntaxNode node) =>
        node.DescendantNodes(one => one == node || one is not ExpressionSyntax).OfType<ExpressionSyntax>();

    private bool IsOpen(ExpressionSyntax node)
    {
        bool isKnown = node is ParenthesizedExpressionSyntax or BinaryExpressionSyntax or ConditionalExpressionSyntax
            or CastExpressionSyntax or IsPatternExpressionSyntax or SwitchExpressionSyntax or InvocationExpressionSyntax
            or MemberAccessExpressionSyntax or ElementAccessExpressionSyntax or ConditionalAccessExpressionSyntax
            or BaseObjectCreationExpressionSyntax or ArrayCreationExpressionSyntax or ImplicitArrayCreationExpressionSyntax
            or CollectionExpressionSyntax or TupleExpressionSyntax
            or InterpolatedStringExpressionSyntax or InitializerExpressionSyntax or CheckedExpressionSyntax
            || node.Kind() is SyntaxKind.LogicalNotExpression or SyntaxKind.UnaryMinusExpression or SyntaxKind.UnaryPlusExpression
                or SyntaxKind.BitwiseNotExpression or SyntaxKind.IndexExpression or SyntaxKind.SuppressNullableWarningExpression;
        return isKnown && !TouchesItself(node) && !IsLazyStep(node)
            && !node.DescendantNodes(one => one == node || one is not ExpressionSyntax).Any(part => part switch
            {
                PatternSyntax => Touches(part),
                ArgumentSyntax { RefKindKeyword.RawKind: not 0 } => Touches(part),
                _ => false,
            })
            && (node is not ConditionalAccessExpressionSyntax conditional || !Touches(conditional.WhenNotNull));
    }

    private bool IsLazyStep(ExpressionSyntax node) =>
        node is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access }
        && LazySteps.Contains(access.Name.Identifier.ValueText)
        && _model.GetTypeInfo(access.Expression).Type?.OriginalDefinition.SpecialType
            == SpecialType.System_Collections_Generic_IEnumerable_T
        && Touches(access.Expression);

    // An expression that the completion's process computes.
    private string? AsPlace(ExpressionSyntax node)
    {
        ITypeSymbol? type = node == _test ? _model.Compilation.GetSpecialType(SpecialType.System_Boolean) : _model.GetTypeInfo(node).Type;
        if (!PlainTypes.IsPlain(type) || _model.GetSymbolInfo(node).Symbol is INamespaceOrTypeSymbol || HasFreeVariables(node)
            || !TryGetOuts(node, out List<(string, string)> outs))
        {
            return null;
        }

        _computed.Add(node.Span);
        string text = node == _test ? $"(bool)({node})" : node.ToString();
        return _parts.Add(_block >= 0 ? _block : _parts.Begin(""), text, type!.ToDisplayString(Full), outs);
    }

    private bool HasFreeVariables(ExpressionSyntax node) => node.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>()
        .Select(name => DeclarationOf(_model.GetSymbolInfo(name).Symbol))
        .Any(declared => declared is { } span && !node.Span.Contains(span) && !_statements.Contains(span));

    // The variables that an expression declares and that the test reads elsewhere: those of its own out arguments can go with its value.
    private bool TryGetOuts(ExpressionSyntax node, out List<(string Type, string Name)> outs)
    {
        outs = [];
        foreach (SingleVariableDesignationSyntax one in node.DescendantNodes().OfType<SingleVariableDesignationSyntax>())
        {
            if (_model.GetDeclaredSymbol(one) is not ILocalSymbol variable || !IsReadOutside(variable, node))
            {
                continue;
            }

            if (one.Parent is not DeclarationExpressionSyntax { Parent: ArgumentSyntax { Parent: ArgumentListSyntax list } }
                || list.Parent != node || !PlainTypes.IsPlain(variable.Type))
            {
                return false;
            }

            outs.Add((variable.Type.ToDisplayString(Full), one.Identifier.Text));
        }

        return true;
    }

    private bool IsReadOutside(ILocalSymbol variable, ExpressionSyntax node) => _test.DescendantNodes().OfType<IdentifierNameSyntax>()
        .Any(name => !node.Span.Contains(name.Span) && name.Identifier.ValueText == variable.Name
            && SymbolEqualityComparer.Default.Equals(_model.GetSymbolInfo(name).Symbol, variable));

    private static TextSpan? DeclarationOf(ISymbol? symbol) =>
        symbol is ILocalSymbol or IParameterSymbol or IRangeVariableSymbol && symbol.DeclaringSyntaxReferences is [{ } declared, ..]
            ? declared.Span
            : null;

    // A function of several statements that is called where it stands: the statements run with the completion, and what is returned is cut.
    private string? CutBlock(ExpressionSyntax node)
    {
        if (_block >= 0 || node is not InvocationExpressionSyntax { ArgumentList.Arguments.Count: 0 } call
            || FunctionOf(call.Expression) is not { ParameterList.Parameters.Count: 0, Block: { } block }
            || block.Statements is not [.., ReturnStatementSyntax { Expression: { } result }]
            || HasFreeVariables(node))
        {
            return null;
        }

        StatementSyntax[] before = [.. block.Statements.SkipLast(1)];
        if (before.Any(Leaves))
        {
            return null;
        }

        _statements = before.Length == 0 ? default : TextSpan.FromBounds(before[0].SpanStart, before[^1].Span.End);
        _computed.Add(_statements);
        _block = _parts.Begin(string.Join('\n', before.Select(statement => statement.ToString())));
        string? verdict = Cut(result);
        (_block, _statements) = (-1, default);
        return verdict is null ? null : $"({verdict})";
    }

    // Whether a statement may return from its function.
    private static bool Leaves(StatementSyntax statement) => statement
        .DescendantNodesAndSelf(one => one is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax))
        .Any(one => one is ReturnStatementSyntax or YieldStatementSyntax or GotoStatementSyntax);

    private static ParenthesizedLambdaExpressionSyntax? FunctionOf(ExpressionSyntax made) => made switch
    {
        ParenthesizedExpressionSyntax inner => FunctionOf(inner.Expression),
        CastExpressionSyntax cast => FunctionOf(cast.Expression),
        ObjectCreationExpressionSyntax { ArgumentList.Arguments: [var function] } => FunctionOf(function.Expression),
        ParenthesizedLambdaExpressionSyntax { AsyncKeyword.RawKind: 0 } function => function,
        _ => null,
    };

    private bool Touches(SyntaxNode node) => node.DescendantNodesAndSelf().Any(TouchesItself);

    // Whether a node, apart from those in it, has to do with the completion, or with the statements of a block.
    private bool TouchesItself(SyntaxNode node)
    {
        if (node is SingleVariableDesignationSyntax or LambdaExpressionSyntax or ParameterSyntax or VariableDeclaratorSyntax)
        {
            return _model.GetDeclaredSymbol(node) is ILocalSymbol variable && IsCompletions(variable.Type);
        }

        if (node is not ExpressionSyntax)
        {
            return false;
        }

        SymbolInfo info = _model.GetSymbolInfo(node);
        TypeInfo types = _model.GetTypeInfo(node);
        return info.CandidateSymbols.Prepend(info.Symbol).OfType<ISymbol>().Any(IsCompletions)
            || IsCompletions(types.Type) || IsCompletions(types.ConvertedType)
            || (DeclarationOf(info.Symbol) is { } span && _statements.Contains(span));
    }

    private static bool IsCompletions(ISymbol symbol) => symbol switch
    {
        ITypeSymbol type => IsCompletions(type),
        INamespaceSymbol space => IsWithin(space),
        IMethodSymbol { MethodKind: MethodKind.AnonymousFunction } => false,
        IMethodSymbol method => IsWithin(method.ContainingNamespace) || method.TypeArguments.Any(IsCompletions),
        IPropertySymbol or IFieldSymbol or IEventSymbol => IsWithin(symbol.ContainingNamespace),
        _ => false,
    };

    private static bool IsCompletions(ITypeSymbol? type) => type switch
    {
        null => false,
        IArrayTypeSymbol array => IsCompletions(array.ElementType),
        INamedTypeSymbol named => IsWithin(named.ContainingNamespace) || named.TypeArguments.Any(IsCompletions),
        _ => false,
    };

    private static bool IsWithin(INamespaceSymbol? space) => space is not null && !space.IsGlobalNamespace
        && (space is { Name: CompletionSource.Namespace, ContainingNamespace.IsGlobalNamespace: true }
            || IsWithin(space.ContainingNamespace));
}
