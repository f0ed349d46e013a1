using System.Globalization;
using System.Text;

namespace RlCore.Trainers.Inputs;

/// <summary>A problem in the user's input: a dataset, a recipe, an option or a checkpoint.</summary>
/// <param name="File">The file or the option.</param>
/// <param name="Row">Row as a spreadsheet numbers it, the header being 1; 0 if rows have no meaning.</param>
/// <param name="Column">Column of a table, or path within a JSON file (<c>stages[1].steps</c>); empty if neither applies.</param>
/// <param name="Found">What was found.</param>
/// <param name="Expected">What was expected.</param>
public sealed record InputProblem(string File, long Row, string Column, string Found, string Expected)
{
    /// <summary>Line of the file where the row begins; 0 if it equals the row number.</summary>
    /// <value>0.</value>
    public long Line { get; init; }

    /// <summary>One line: file, row, column, what was found, what was expected.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(File);
        if (Row > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $", row {Row}");
        }

        if (Line > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" (line {Line})");
        }

        if (Column.Length > 0)
        {
            text.Append(Row > 0 ? ", column " : ", ").Append(Column);
        }

        return text.Append(": found ").Append(Found).Append("; expected ").Append(Expected).Append('.').ToString();
    }
}
