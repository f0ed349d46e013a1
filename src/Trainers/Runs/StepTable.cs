using System.Globalization;
using CsvHelper;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Metrics;

namespace RlCore.Trainers.Runs;

/// <summary>
/// A CSV file that grows with the steps of a run. The first column is <c>global_step</c>, so that a resumed run can remove
/// the rows after its checkpoint.
/// </summary>
internal sealed class StepTable : IDisposable
{
    private readonly string _file;
    private readonly string[] _columns;
    private FileStream _stream;

    /// <summary>Opens the file for appending; writes the header of a new file.</summary>
    public StepTable(string file, IEnumerable<string> columns)
    {
        _file = file;
        _columns = [MetricNames.GlobalStep, .. columns];
        _stream = OpenToAppend();
        if (_stream.Length == 0)
        {
            Append(_columns);
        }
    }

    /// <summary>Appends a row.</summary>
    public void Append(int step, IEnumerable<string> cells) => Append([step.ToString(CultureInfo.InvariantCulture), .. cells]);

    /// <summary>Flushes all rows to disk.</summary>
    public void Flush() => _stream.Flush(flushToDisk: true);

    /// <summary>Removes the rows after a step, and what is no row, such as one cut off by a killed process.</summary>
    /// <returns>The remaining rows, each with its step.</returns>
    public IReadOnlyList<(int Step, string[] Cells)> TruncateTo(int step)
    {
        _stream.Dispose();
        List<string[]> rows = [.. ReadRows().Where(row => row.Length == _columns.Length && IsWithin(row[0], step))];
        DurableFiles.WriteFile(_file, target =>
        {
            target.Write(CsvText.Encode(_columns));
            rows.ForEach(row => target.Write(CsvText.Encode(row)));
        });
        _stream = OpenToAppend();
        return [.. rows.Select(row => (int.Parse(row[0], NumberStyles.None, CultureInfo.InvariantCulture), row[1..]))];
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private static bool IsWithin(string cell, int step) =>
        int.TryParse(cell, NumberStyles.None, CultureInfo.InvariantCulture, out int row) && row <= step;

    private List<string[]> ReadRows()
    {
        using CsvReader reader = CsvReader.FromFile(_file, new CsvReaderOptions { Separator = ',', HasHeader = false });
        var rows = new List<string[]>();
        while (reader.Read())
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)]);
        }

        return rows.Count > 0 && rows[0].SequenceEqual(_columns)
            ? rows[1..]
            : throw new InputException(new InputProblem(
                _file, 1, "", $"the columns {string.Join(",", rows.FirstOrDefault([]))}", string.Join(",", _columns)));
    }

    // Unbuffered: a row that does not fit on the disk fails once, when it is written, and not again when the file is closed.
    private FileStream OpenToAppend() => new(_file, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);

    private void Append(string[] cells) => DurableFiles.AsDisk(_file, () => _stream.Write(CsvText.Encode(cells)));
}
