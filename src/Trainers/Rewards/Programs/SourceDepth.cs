using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// How deep a source is nested. The compiler's work and its stack grow with the depth, faster than a limit of its time would notice for
/// cheap; no program that a person reads comes near these depths. Both checks are linear, and need no stack.
/// </summary>
internal static class SourceDepth
{
    private const int MostBrackets = 200;
    private const int MostNodes = 1000;

    /// <summary>Whether brackets are nested too deep to be parsed.</summary>
    /// <param name="source">The source.</param>
    /// <param name="problem">What is too deep; empty if nothing is.</param>
    public static bool HasTooManyBrackets(string source, out string problem)
    {
        int open = 0;
        int angles = 0;
        int most = 0;
        foreach (SyntaxToken token in SyntaxFactory.ParseTokens(source, options: ProgramSource.Options))
        {
            switch (token.Kind())
            {
                case SyntaxKind.OpenBraceToken or SyntaxKind.OpenParenToken or SyntaxKind.OpenBracketToken
                    or SyntaxKind.InterpolatedStringStartToken:
                    (open, angles) = (open + 1, token.IsKind(SyntaxKind.OpenBraceToken) ? 0 : angles);
                    break;
                case SyntaxKind.CloseBraceToken or SyntaxKind.CloseParenToken or SyntaxKind.CloseBracketToken
                    or SyntaxKind.InterpolatedStringEndToken:
                    open = Math.Max(open - 1, 0);
                    break;
                case SyntaxKind.LessThanToken:
                    angles++;
                    break;
                case SyntaxKind.GreaterThanToken:
                    angles = Math.Max(angles - 1, 0);
                    break;
                case SyntaxKind.SemicolonToken:
                    angles = 0;
                    break;
                default:
                    break;
            }

            most = Math.Max(most, open + angles);
        }

        problem = most > MostBrackets ? string.Create(CultureInfo.InvariantCulture, $"brackets nested more than {MostBrackets} deep") : "";
        return problem.Length > 0;
    }

    /// <summary>Whether the syntax is nested too deep to be compiled.</summary>
    /// <param name="tree">The syntax.</param>
    /// <param name="problem">What is too deep; empty if nothing is.</param>
    public static bool IsTooDeep(SyntaxTree tree, out string problem)
    {
        var rest = new Stack<(SyntaxNode Node, int Depth)>();
        rest.Push((tree.GetRoot(), 1));
        int most = 0;
        while (rest.TryPop(out (SyntaxNode Node, int Depth) next) && most <= MostNodes)
        {
            most = Math.Max(most, next.Depth);
            foreach (SyntaxNode child in next.Node.ChildNodes())
            {
                rest.Push((child, next.Depth + 1));
            }
        }

        problem = most > MostNodes ? string.Create(CultureInfo.InvariantCulture, $"syntax nested more than {MostNodes} deep") : "";
        return problem.Length > 0;
    }
}
