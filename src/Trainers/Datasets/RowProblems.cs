using System.Globalization;
using System.Text;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Datasets;

/// <summary>
/// The problems of the rows of one file, a row at a time: what is refused is listed, what <see cref="RowRules"/> leave out is counted.
/// </summary>
/// <param name="rules">What becomes of rows that cannot be used as they are.</param>
/// <param name="problems">Receives what is refused, in file order.</param>
internal sealed class RowProblems(RowRules rules, IList<InputProblem> problems)
{
    private const int MostCharacters = 100;

    private const string Remedy = "; or onLong (--on-long) drop or truncate, or a new model with a larger model.context (--model-context)";

    private readonly List<InputProblem> _row = [];
    private readonly SortedDictionary<Rune, long> _unknown = [];
    private InputProblem? _firstUnknown;
    private int _placeOfUnknown;
    private InputProblem? _firstSkipped;
    private long _unknownCells;
    private long _skipped;
    private long _dropped;
    private long _truncated;
    private bool _hasUnified;
    private bool _hasLong;

    // Of the row being read.
    private int _unknownInRow;
    private bool _isLong;
    private bool _isTruncated;

    /// <summary>What becomes of rows that cannot be used as they are.</summary>
    public RowRules Rules => rules;

    /// <summary>Problems of the row being read.</summary>
    public int Count => _row.Count + _unknownInRow;

    /// <summary>Problems of this file that are refused, those of characters counting once.</summary>
    public int Refused { get; private set; }

    /// <summary>Adds a problem of the row being read.</summary>
    /// <param name="problem">The problem.</param>
    public void Add(InputProblem problem) => _row.Add(problem);

    /// <summary>Adds a problem of the length of the row being read.</summary>
    /// <param name="problem">The problem.</param>
    public void AddLong(InputProblem problem)
    {
        // What to do about it is said once a file.
        _row.Add(_hasLong ? problem : problem with { Expected = problem.Expected + Remedy });
        _hasLong = true;
        _isLong = true;
    }

    /// <summary>Adds a text with characters that have no token.</summary>
    /// <param name="problem">The problem, with the first of them.</param>
    /// <param name="characters">All of them.</param>
    public void AddUnknown(InputProblem problem, IEnumerable<Rune> characters)
    {
        if (rules.OnBadRow == BadRowAction.Skip)
        {
            _row.Add(problem);
            return;
        }

        // One message for the file says more than thousands for its cells.
        if (_firstUnknown is null)
        {
            Refused++;
            (_firstUnknown, _placeOfUnknown) = (problem, problems.Count);
        }

        _unknownInRow++;
        _unknownCells++;
        foreach (Rune character in characters)
        {
            _unknown[character] = _unknown.GetValueOrDefault(character) + 1;
        }
    }

    /// <summary>Notes that the row being read will be cut.</summary>
    public void Truncate() => _isTruncated = true;

    /// <summary>Notes that line breaks inside cells are written in another way.</summary>
    public void Unify() => _hasUnified = true;

    /// <summary>Adds a problem of the whole file, which no rule passes over.</summary>
    /// <param name="problem">The problem.</param>
    public void AddToFile(InputProblem problem)
    {
        Refused++;
        problems.Add(problem);
    }

    /// <summary>Ends the row being read.</summary>
    public void EndRow()
    {
        if (Count == 1 && _isLong && rules.OnLong == LongRowAction.Drop)
        {
            _dropped++;
        }
        else if (Count > 0 && rules.OnBadRow == BadRowAction.Skip)
        {
            _skipped++;
            _firstSkipped ??= _row[0];
        }
        else if (Count > 0)
        {
            _row.ForEach(AddToFile);
        }
        else if (_isTruncated)
        {
            _truncated++;
        }

        _row.Clear();
        (_unknownInRow, _isLong, _isTruncated) = (0, false, false);
    }

    /// <summary>Ends the file: characters without a token become one problem.</summary>
    public void EndFile()
    {
        if (_firstUnknown is not { } first)
        {
            return;
        }

        string shown = string.Concat(_unknown.Keys.Take(MostCharacters));
        string more = _unknown.Count > MostCharacters ? $" and {_unknown.Count - MostCharacters} more" : "";
        problems.Insert(_placeOfUnknown, _unknownCells == 1 ? first : first with
        {
            Found = string.Create(
                CultureInfo.InvariantCulture,
                $"{first.Found}, the first of {_unknownCells:N0} cells with characters that have no token: {shown}{more}"),
        });
    }

    /// <summary>What was done with the rows besides reading them, a sentence each.</summary>
    public IEnumerable<string> Notes()
    {
        if (_hasUnified)
        {
            yield return "line breaks inside cells are read as \\n, not as \\r\\n (\"lineBreaks\": \"keep\" reads them as they are)";
        }

        if (_skipped > 0)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture, $"{Rows(_skipped)} skipped, as onBadRow says; the first: {_firstSkipped}");
        }

        if (_dropped > 0)
        {
            yield return $"{Rows(_dropped)} longer than the context left out, as onLong says";
        }

        if (_truncated > 0)
        {
            yield return $"{Rows(_truncated)} longer than the context cut, as onLong says";
        }
    }

    private static string Rows(long count) => count == 1 ? "1 row" : string.Create(CultureInfo.InvariantCulture, $"{count:N0} rows");
}
