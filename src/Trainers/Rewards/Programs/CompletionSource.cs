using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// A completion as a part of a program: all that it declares moves into a namespace of its own, where the names of the tests do not look,
/// and its plain functions become members of a class. The nodes are moved, never written and read again, so that no text of a completion
/// can end the namespace.
/// </summary>
internal static class CompletionSource
{
    /// <summary>The namespace around a completion.</summary>
    public const string Namespace = "TheCompletion";

    /// <summary>The class of plain functions.</summary>
    public const string Functions = "FunctionsOfTheCompletion";

    // An access modifier of a function at the top, and a function after a type: wrong in a file, right in the class of functions.
    private static readonly string[] Misplaced = ["CS0106", "CS8803"];

    /// <summary>Whether a completion can be a part of a program: it can be read, and has no statements outside functions.</summary>
    /// <param name="tree">The completion.</param>
    /// <param name="problem">Why not; empty if it can.</param>
    public static bool IsUsable(SyntaxTree tree, out string problem)
    {
        Diagnostic? error = tree.GetDiagnostics()
            .FirstOrDefault(one => one.Severity == DiagnosticSeverity.Error && !Misplaced.Contains(one.Id));
        MemberDeclarationSyntax? statement = tree.GetCompilationUnitRoot().Members.FirstOrDefault(member => member
            is GlobalStatementSyntax { Statement: not (LocalFunctionStatementSyntax or LocalDeclarationStatementSyntax) });
        problem = error?.ToString() ?? (statement is null ? "" : "a statement that stands in no function");
        return problem.Length == 0;
    }

    /// <summary>The syntax tree of a completion in its namespace.</summary>
    /// <param name="tree">The completion.</param>
    /// <param name="named">The words of the tests: members of these names are visible to tests, whatever the completion says.</param>
    public static SyntaxTree Wrap(SyntaxTree tree, IReadOnlySet<string> named)
    {
        CompilationUnitSyntax unit = tree.GetCompilationUnitRoot();
        var opener = new AccessOpener(named);
        var functions = new List<MemberDeclarationSyntax>();
        var rest = new List<MemberDeclarationSyntax>();
        foreach (MemberDeclarationSyntax member in unit.Members)
        {
            if (member is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax or BaseNamespaceDeclarationSyntax)
            {
                rest.Add(AsBlock(opener.Open(member)));
            }
            else
            {
                functions.Add(AsMember(member, opener));
            }
        }

        if (functions.Count > 0)
        {
            rest.Insert(0, ClassDeclaration(Functions)
                .AddModifiers(Token(SyntaxKind.InternalKeyword), Token(SyntaxKind.StaticKeyword), Token(SyntaxKind.PartialKeyword))
                .WithMembers(List(functions)));
        }

        // A global using would be one of the tests, too; attributes stay where the rules find them.
        UsingDirectiveSyntax[] usings = [.. unit.Usings.Select(one => one.WithGlobalKeyword(default))];
        NamespaceDeclarationSyntax space = NamespaceDeclaration(IdentifierName(Namespace))
            .WithUsings(List(usings))
            .WithMembers(List(rest));
        CompilationUnitSyntax whole = CompilationUnit(
            unit.Externs, default, unit.AttributeLists, SingletonList<MemberDeclarationSyntax>(space));
        return CSharpSyntaxTree.Create(whole, ProgramSource.Options);
    }

    // A file-scoped namespace cannot stand in another one.
    private static MemberDeclarationSyntax AsBlock(MemberDeclarationSyntax member) => member is FileScopedNamespaceDeclarationSyntax space
        ? NamespaceDeclaration(
            space.AttributeLists, space.Modifiers, space.Name, space.Externs, space.Usings, space.Members)
        : member;

    // Functions at the top are local functions or, with an access modifier, methods; their shared state is a variable or a field.
    private static MemberDeclarationSyntax AsMember(MemberDeclarationSyntax member, AccessOpener opener) => member switch
    {
        GlobalStatementSyntax { Statement: LocalFunctionStatementSyntax function } => Static(MethodDeclaration(
            function.AttributeLists,
            function.Modifiers,
            function.ReturnType,
            null,
            function.Identifier,
            function.TypeParameterList,
            function.ParameterList,
            function.ConstraintClauses,
            function.Body,
            function.ExpressionBody,
            function.SemicolonToken)),
        GlobalStatementSyntax { Statement: LocalDeclarationStatementSyntax variable } =>
            Static(FieldDeclaration(variable.AttributeLists, variable.Modifiers, variable.Declaration, variable.SemicolonToken)),
        _ => Static(opener.Open(member)),
    };

    private static MemberDeclarationSyntax Static(MemberDeclarationSyntax member)
    {
        // New tokens: the parser's own carry its complaints about their place.
        SyntaxToken[] others = [.. member.Modifiers.Where(token => !AccessOpener.IsAccess(token)).Select(token => Token(token.Kind()))];
        bool isStatic = Array.Exists(others, token => token.Kind() is SyntaxKind.StaticKeyword or SyntaxKind.ConstKeyword);
        SyntaxToken[] added = isStatic ? [] : [Token(SyntaxKind.StaticKeyword)];
        return member.WithModifiers(TokenList([Token(SyntaxKind.InternalKeyword), .. added, .. others]));
    }
}

/// <summary>
/// Makes every type internal, and every member that the tests name: what one file of a program may call is no part of the answer, and a
/// signature may then use any of its types.
/// </summary>
internal sealed class AccessOpener(IReadOnlySet<string> named) : CSharpSyntaxRewriter
{
    /// <summary>Whether a modifier says who may see a declaration.</summary>
    public static bool IsAccess(SyntaxToken token) => token.Kind() is SyntaxKind.PublicKeyword or SyntaxKind.PrivateKeyword
        or SyntaxKind.ProtectedKeyword or SyntaxKind.InternalKeyword or SyntaxKind.FileKeyword;

    /// <summary>The declaration and all declarations in it, visible.</summary>
    public MemberDeclarationSyntax Open(MemberDeclarationSyntax member) => (MemberDeclarationSyntax)Visit(member)!;

    /// <inheritdoc/>
    public override SyntaxNode? VisitClassDeclaration(ClassDeclarationSyntax node) => Internal(base.VisitClassDeclaration(node));

    /// <inheritdoc/>
    public override SyntaxNode? VisitStructDeclaration(StructDeclarationSyntax node) => Internal(base.VisitStructDeclaration(node));

    /// <inheritdoc/>
    public override SyntaxNode? VisitRecordDeclaration(RecordDeclarationSyntax node) => Internal(base.VisitRecordDeclaration(node));

    /// <inheritdoc/>
    public override SyntaxNode? VisitInterfaceDeclaration(InterfaceDeclarationSyntax node) =>
        Internal(base.VisitInterfaceDeclaration(node));

    /// <inheritdoc/>
    public override SyntaxNode? VisitEnumDeclaration(EnumDeclarationSyntax node) => Internal(base.VisitEnumDeclaration(node));

    /// <inheritdoc/>
    public override SyntaxNode? VisitDelegateDeclaration(DelegateDeclarationSyntax node) => Internal(base.VisitDelegateDeclaration(node));

    /// <inheritdoc/>
    public override SyntaxNode? VisitMethodDeclaration(MethodDeclarationSyntax node) =>
        node.ExplicitInterfaceSpecifier is null ? Named(node, node.Identifier) : node;

    /// <inheritdoc/>
    public override SyntaxNode? VisitPropertyDeclaration(PropertyDeclarationSyntax node) =>
        node.ExplicitInterfaceSpecifier is null ? Named(node, node.Identifier) : node;

    /// <inheritdoc/>
    public override SyntaxNode? VisitFieldDeclaration(FieldDeclarationSyntax node) =>
        Named(node, [.. node.Declaration.Variables.Select(variable => variable.Identifier)]);

    private static SyntaxNode? Internal(SyntaxNode? node) => node is MemberDeclarationSyntax member
        ? member.WithModifiers(TokenList([
            Token(SyntaxKind.InternalKeyword), .. member.Modifiers.Where(token => !IsAccess(token))]))
        : node;

    // Public members may implement interfaces, virtual ones have the access of those that they override: both stay.
    private MemberDeclarationSyntax Named(MemberDeclarationSyntax member, params SyntaxToken[] names)
    {
        bool isFixed = member.Parent is InterfaceDeclarationSyntax || member.Modifiers.Any(token => token.Kind() is SyntaxKind.PublicKeyword
            or SyntaxKind.InternalKeyword or SyntaxKind.OverrideKeyword or SyntaxKind.VirtualKeyword or SyntaxKind.AbstractKeyword
            or SyntaxKind.PartialKeyword);
        return isFixed || !Array.Exists(names, name => named.Contains(name.ValueText))
            ? member
            : (MemberDeclarationSyntax)Internal(member)!;
    }
}
