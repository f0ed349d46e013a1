using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// What the names in tests mean. Tests are bound where nothing of the completion can be seen: what means something there means it for good.
/// Only the names that mean nothing are the task's, and are replaced by the full names of what the completion declares.
/// </summary>
internal static class TestNames
{
    // Without global::, whose colon would end the expression in an interpolated string.
    private static readonly SymbolDisplayFormat Full = new(
        SymbolDisplayGlobalNamespaceStyle.Omitted,
        SymbolDisplayTypeQualificationStyle.NameAndContainingTypesAndNamespaces,
        memberOptions: SymbolDisplayMemberOptions.IncludeContainingType,
        miscellaneousOptions: SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers);

    /// <summary>The words in tests: all that they may name.</summary>
    public static IReadOnlySet<string> WordsOf(SyntaxTree harness) => ProgramSource.TestsOf(harness)
        .SelectMany(test => test.DescendantTokens())
        .Where(token => token.IsKind(SyntaxKind.IdentifierToken))
        .Select(token => token.ValueText)
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>The program with each of the task's names replaced.</summary>
    /// <param name="program">The completion in its namespace, and the tests as the task wrote them.</param>
    /// <param name="harness">The tree of the tests; afterwards, the new one.</param>
    public static CSharpCompilation Resolve(CSharpCompilation program, ref SyntaxTree harness)
    {
        var declared = Declared.By(program);
        SemanticModel model = program.GetSemanticModel(harness);
        HashSet<string> meant = [.. ProgramSource.TestsOf(harness).SelectMany(test => test.DescendantNodesAndSelf())
            .Select(node => Misfit(node, model, declared)).OfType<string>()];
        var changes = ProgramSource.TestsOf(harness).SelectMany(test => test.DescendantNodesAndSelf()).OfType<SimpleNameSyntax>()
            .Where(name => IsFree(name, model, meant))
            .Select(name => (name.Identifier.Span, Target: declared.Find(name)))
            .Where(change => change.Target is not null)
            .Select(change => new TextChange(change.Span, change.Target!.ToDisplayString(Full)));
        program = Change(program, ref harness, changes);

        // What is then no member of its value may be an extension method that the task declares.
        model = program.GetSemanticModel(harness);
        if (!model.GetDiagnostics().Any(found => found.Severity == DiagnosticSeverity.Error))
        {
            return program;
        }

        var words = new FrameworkExtensions(program);
        var extensions = ProgramSource.TestsOf(harness).SelectMany(test => test.DescendantNodes()).OfType<InvocationExpressionSyntax>()
            .Where(call => call.Expression is MemberAccessExpressionSyntax access && model.GetSymbolInfo(access).Symbol is null
                && model.GetSymbolInfo(access).CandidateSymbols.IsEmpty
                && !words.Has(access.Name.Identifier.ValueText))
            .SelectMany(call => AsStaticCall(call, declared));
        return Change(program, ref harness, extensions);
    }

    private static IEnumerable<TextChange> AsStaticCall(InvocationExpressionSyntax call, Declared declared)
    {
        var access = (MemberAccessExpressionSyntax)call.Expression;
        if (declared.FindExtension(access.Name) is not { } method)
        {
            yield break;
        }

        // receiver.Name(arguments) becomes Class.Name(receiver, arguments).
        string type = method.ContainingType.ToDisplayString(Full);
        int start = access.Expression.SpanStart;
        yield return new TextChange(new TextSpan(start, 0), string.Create(CultureInfo.InvariantCulture, $"{type}.{access.Name}("));
        string comma = call.ArgumentList.Arguments.Count > 0 ? ", " : "";
        yield return new TextChange(TextSpan.FromBounds(access.OperatorToken.SpanStart, call.ArgumentList.OpenParenToken.Span.End), comma);
    }

    private static CSharpCompilation Change(CSharpCompilation program, ref SyntaxTree harness, IEnumerable<TextChange> changes)
    {
        TextChange[] ordered = [.. changes.OrderBy(change => change.Span.Start)];
        if (ordered.Length == 0)
        {
            return program;
        }

        SyntaxTree renamed = ProgramSource.Parse(harness.GetText().WithChanges(ordered).ToString());
        program = program.ReplaceSyntaxTree(harness, renamed);
        harness = renamed;
        return program;
    }

    // A type of the framework whose constructor or member in the test it does not have: the task means its own type of that name.
    private static string? Misfit(SyntaxNode node, SemanticModel model, Declared declared)
    {
        SymbolInfo info = model.GetSymbolInfo(node);
        ITypeSymbol? type = node switch
        {
            _ when info.Symbol is not null => null,
            ObjectCreationExpressionSyntax creation when !info.CandidateSymbols.IsEmpty => model.GetTypeInfo(creation).Type,
            MemberAccessExpressionSyntax access when info.CandidateSymbols.IsEmpty && declared.FindExtension(access.Name) is null =>
                model.GetSymbolInfo(access.Expression).Symbol as ITypeSymbol ?? model.GetTypeInfo(access.Expression).Type,
            _ => null,
        };
        return type is { TypeKind: not TypeKind.Error } ? type.Name : null;
    }

    // The first name of a path that neither the framework nor the test itself declares; not the names of arguments, members and properties.
    private static bool IsFree(SimpleNameSyntax name, SemanticModel model, HashSet<string> meant)
    {
        bool isFirst = name.Parent switch
        {
            MemberAccessExpressionSyntax access => access.Expression == name,
            MemberBindingExpressionSyntax or NameColonSyntax or NameEqualsSyntax => false,
            QualifiedNameSyntax path => path.Left == name,
            AliasQualifiedNameSyntax => false,
            AssignmentExpressionSyntax { Parent: InitializerExpressionSyntax initializer } set =>
                set.Left != name || !initializer.Kind().IsMemberInitializer(),
            _ => true,
        };
        return isFirst && !name.IsVar && model.GetSymbolInfo(name).Symbol switch
        {
            null => true,
            ITypeSymbol type when meant.Contains(type.Name) => true,
            INamespaceOrTypeSymbol or IMethodSymbol { MethodKind: MethodKind.Ordinary } =>
                SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name).Symbol!.ContainingAssembly, model.Compilation.Assembly),
            _ => false,
        };
    }

    private static bool IsMemberInitializer(this SyntaxKind kind) =>
        kind is SyntaxKind.ObjectInitializerExpression or SyntaxKind.WithInitializerExpression;
}

/// <summary>What a completion declares, by name.</summary>
internal sealed class Declared
{
    private readonly Dictionary<string, List<ISymbol>> _byName = new(StringComparer.Ordinal);

    private Declared()
    {
    }

    /// <summary>What the completion of a program declares.</summary>
    public static Declared By(CSharpCompilation program)
    {
        var declared = new Declared();
        if (program.Assembly.GlobalNamespace.GetNamespaceMembers().FirstOrDefault(one => one.Name == CompletionSource.Namespace) is { } all)
        {
            declared.Add(all);
        }

        return declared;
    }

    /// <summary>What a name of the task stands for: a function where it is called, a type where a type is expected.</summary>
    public ISymbol? Find(SimpleNameSyntax name)
    {
        if (!_byName.TryGetValue(name.Identifier.ValueText, out List<ISymbol>? all))
        {
            return null;
        }

        int? arguments = (name.Parent as InvocationExpressionSyntax)?.ArgumentList.Arguments.Count;
        bool isPath = name.Parent is MemberAccessExpressionSyntax or QualifiedNameSyntax || SyntaxFacts.IsInTypeOnlyContext(name);
        return all.OrderBy(symbol => symbol is INamespaceOrTypeSymbol == isPath ? 0 : 1)
            .ThenBy(symbol => symbol is IMethodSymbol == arguments.HasValue ? 0 : 1)
            .ThenBy(symbol => symbol is IMethodSymbol method && arguments is { } count && !Takes(method, count) ? 1 : 0)
            .ThenBy(symbol => symbol is INamedTypeSymbol type && type.Arity != name.Arity ? 1 : 0)
            .First();
    }

    /// <summary>The extension method of a name.</summary>
    public IMethodSymbol? FindExtension(SimpleNameSyntax name) =>
        _byName.TryGetValue(name.Identifier.ValueText, out List<ISymbol>? all)
            ? all.OfType<IMethodSymbol>().FirstOrDefault(method => method.IsExtensionMethod || method.IsImplicitlyDeclared)
            : null;

    private static bool Takes(IMethodSymbol method, int arguments) =>
        arguments >= method.Parameters.Count(parameter => !parameter.IsOptional && !parameter.IsParams)
        && (arguments <= method.Parameters.Length || method.Parameters is [.., { IsParams: true }]);

    private void Add(INamespaceOrTypeSymbol space)
    {
        foreach (ISymbol member in space.GetMembers())
        {
            // Members of a generic type have no name without its arguments.
            bool isGeneric = space is INamedTypeSymbol { IsGenericType: true };
            bool isNamed = member.CanBeReferencedByName && !isGeneric && (member is INamespaceOrTypeSymbol
                || (member.IsStatic && member is IMethodSymbol or IPropertySymbol or IFieldSymbol
                    && space is INamedTypeSymbol { TypeKind: not TypeKind.Enum }));
            if (isNamed)
            {
                if (!_byName.TryGetValue(member.Name, out List<ISymbol>? all))
                {
                    _byName[member.Name] = all = [];
                }

                all.Add(member);
            }

            // An extension block has no name; its methods are also static methods of the class around it.
            if (member is INamespaceOrTypeSymbol inner and not INamedTypeSymbol { TypeKind: TypeKind.Extension })
            {
                Add(inner);
            }
        }
    }
}
