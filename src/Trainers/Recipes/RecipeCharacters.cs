using System.Globalization;
using System.Text;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Recipes;

/// <summary>The characters of a recipe's tokenizer.</summary>
internal static class RecipeCharacters
{
    /// <summary>Stands for the characters of all datasets.</summary>
    public const string OfDatasets = "auto";

    // A vocabulary of more is no small task any more.
    private const int Most = 4096;

    /// <summary>The recipe's tokenizer of characters.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="problems">Receives what is wrong; then the tokenizer is of no use.</param>
    public static CharacterTokenizer Tokenizer(Recipe recipe, List<InputProblem> problems)
    {
        if (recipe.Characters != OfDatasets)
        {
            return new CharacterTokenizer(recipe.Characters);
        }

        var found = new SortedSet<Rune>();
        foreach (StageSettings stage in recipe.Stages)
        {
            foreach (string file in stage.Datasets)
            {
                Add(found, file, stage.Columns, stage.RowRules);
            }
        }

        if (recipe.Evaluation is { } evaluation)
        {
            Add(found, evaluation.Data, evaluation.Columns, evaluation.RowRules);
        }

        if (found.Count > Most)
        {
            problems.Add(new InputProblem(
                "characters",
                0,
                "",
                string.Create(CultureInfo.InvariantCulture, $"{found.Count:N0} different characters in the datasets"),
                string.Create(CultureInfo.InvariantCulture, $"at most {Most:N0}")
                    + "; a model with a tokenizer of its own, in model.from, reads any text"));
        }

        // Datasets without any are refused when they are read.
        return new CharacterTokenizer(found.Count is 0 or > Most ? "?" : string.Concat(found));
    }

    private static void Add(SortedSet<Rune> found, string file, ColumnNames names, RowRules rules)
    {
        if (!File.Exists(file))
        {
            return;
        }

        string[] texts = [names.Completion, names.Answer, names.Chosen, names.Rejected];
        bool IsText(string name) => texts.Contains(name) || name.StartsWith($"{names.Completion}_", StringComparison.Ordinal);
        var request = new TableRequest(
            header => [new(names.Prompt), .. header.Where(IsText).Select(name => new TableColumn(name, Optional: true))]);

        // What is wrong with the file is said when it is read for training.
        foreach (TableRow row in Table.Read(file, request, new RowProblems(rules, [])))
        {
            foreach (string cell in row.Cells)
            {
                found.UnionWith(cell.EnumerateRunes());
            }
        }
    }
}
