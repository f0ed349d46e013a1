using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Tokenizers.Templates;

/// <summary>What is wrong with a template, before it is run.</summary>
/// <param name="name">The template's name: the file that holds it.</param>
internal sealed class TemplateProblems(string name)
{
    /// <summary>The template does not follow the grammar.</summary>
    /// <param name="line">Line, from 1.</param>
    /// <param name="found">What was found.</param>
    /// <param name="expected">What was expected.</param>
    public InputException Syntax(int line, string found, string expected) => new(new InputProblem(name, line, "", found, expected));

    /// <summary>The template uses what this interpreter does not have.</summary>
    /// <param name="line">Line, from 1.</param>
    /// <param name="what">Such as "the filter 'random'".</param>
    /// <param name="known">What there is.</param>
    public InputException Unknown(int line, string what, IEnumerable<string> known) =>
        Syntax(line, $"{what}, which is not supported", $"one of {string.Join(", ", known.Order(StringComparer.Ordinal))}");
}
