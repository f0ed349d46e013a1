using System.Diagnostics;
using FsCheck;
using FsCheck.Fluent;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Tokenizers;

/// <summary>
/// Templates come from anywhere. Whatever is done to one, it is rendered or refused: no other exception, no endless work. More cases
/// with RLCORE_MAX_TEST.
/// </summary>
public sealed class ChatTemplateMutationLaws
{
    private static readonly string[] Pieces =
    [
        "{{", "}}", "{%", "%}", "{#", "#}", "-", "+", "~", "*", "**", "//", "%", "|", ".", "[", "]", "(", ")", "{", "}", "'", "\"", "\\",
        "::-1", "\n", " ", "if ", "for x in ", " in ", "not ", " is ", "set ns.x = ", "set x", "endset", "endif", "endfor", "else", "elif ",
        "macro f(a)", "endmacro", "f(1)", "range(99999)", "999999999", "'x' * 99999999", "messages", "loop.index", "loop.cycle()",
        "| tojson(indent=99)", "| list", "| join", "| map('upper')", "| sort", "| replace('', 'aa')", "| indent(99999)", ".split('')",
        "namespace(x=[])", "[ns.x, ns.x]", "raw", "endraw", "generation", "endgeneration", "break", "continue", "none", "true", "0",
        "\u0000", "\ud800", "é", "👍", "raise_exception('x')", "strftime_now('%Q')", "{% for x in range(99999) %}", "{% endfor %}",
        "{% set ns.x = ns.x + ns.x %}", "{% macro f(a) %}{{ f(a) }}{% endmacro %}", "{{ f(1) }}", "((((((((", "[[[[[[[[", "not not not ",
    ];

    private static readonly string[] Sources =
    [
        .. Directory.EnumerateFiles(
            Path.Combine(
                Repository.Root, "tests", "Trainers", "Tokenizers", "Templates", "Golden"), "*.jinja").Order().Select(File.ReadAllText),
        "{% set ns = namespace(x='a', n=0) %}{% for i in range(40) %}{% set ns.x = ns.x + ns.x %}{% endfor %}{{ ns.x | length }}",
        "{% macro f(n) %}{% if n > 0 %}{{ n }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(9) }}",
        "{% for x in range(999) %}{% for y in range(999) %}{{ x * y }}{% endfor %}{% endfor %}",
    ];

    private static readonly ChatMessage[] Messages =
    [
        new("system", "s"), new("user", " hello\n"), new("assistant", "<think>a</think>b"), new("user", "日本語"),
    ];

    [Fact]
    public void A_mutated_template_is_rendered_or_refused()
    {
        var cases =
            from source in Gen.Elements(Sources)
            from count in Gen.Choose(1, 6)
            from edits in Gen.ArrayOf(Edits(), count)
            select edits.Aggregate(source, (text, edit) => edit(text));
        Laws.Hold(cases, EndsWell, count: 1000);
    }

    [Fact]
    public void Pieces_in_any_order_are_rendered_or_refused() => Laws.Hold(
        from length in Gen.Choose(0, 40)
        from pieces in Gen.ArrayOf(Gen.Elements(Pieces), length)
        select string.Concat(pieces),
        EndsWell,
        count: 1000);

    private static Gen<Func<string, string>> Edits() =>
        from kind in Gen.Choose(0, 5)
        from place in Gen.Choose(0, int.MaxValue - 1)
        from length in Gen.Choose(1, 30)
        from piece in Gen.Elements(Pieces)
        from times in Gen.Choose(1, 400)
        select (Func<string, string>)(text =>
        {
            int at = text.Length == 0 ? 0 : place % text.Length;
            int end = Math.Min(text.Length, at + length);
            return kind switch
            {
                0 => text[..at] + text[end..],
                1 => text[..at] + piece + text[at..],
                2 => text[..at] + piece + text[end..],
                3 => text[..end] + text[at..],
                4 => text[..at] + string.Concat(Enumerable.Repeat(piece, times)) + text[at..],
                _ => text.Length == 0 ? piece : text[..at] + (char)(text[at] ^ (1 << (length % 7))) + text[(at + 1)..],
            };
        });

    private static bool EndsWell(string source)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            ChatTemplate template = ChatTemplate.Parse(source, "mutated");
            template.Render(Messages, new ChatOptions { AddGenerationPrompt = true });
        }
        catch (Exception refused) when (refused is InputException or ChatTemplateException)
        {
        }

        return Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(60);
    }
}
