using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Datasets;

/// <summary>A requested column.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Optional">Whether a file or a row may lack it.</param>
internal sealed record TableColumn(string Name, bool Optional = false);

/// <summary>The positions of the requested columns in a file.</summary>
/// <param name="File">The file.</param>
/// <param name="Columns">The requested columns.</param>
/// <param name="Places">Position of each in the header; −1 if it is missing.</param>
/// <param name="OtherNames">The other columns, if they are requested.</param>
/// <param name="OtherPlaces">Their positions.</param>
internal sealed record TableLayout(string File, IReadOnlyList<TableColumn> Columns, int[] Places, string[] OtherNames, int[] OtherPlaces)
{
    /// <summary>How the cells are told apart.</summary>
    public required CsvDialect Dialect { get; init; }

    /// <summary>Number of cells of the header.</summary>
    public required int Width { get; init; }
}

/// <summary>A row of a CSV file, reduced to the requested columns; a missing cell is empty.</summary>
internal sealed record TableRow(TableLayout Layout, long Number, long Line, long Offset, string[] Cells, string[] Others)
{
    public string File => Layout.File;

    public int Count => Cells.Length;

    public string this[int column] => Cells[column];

    /// <summary>The requested columns from one on, and all other columns.</summary>
    public RowFields FieldsFrom(int first) =>
        new([.. Layout.Columns.Skip(first).Select(column => column.Name), .. Layout.OtherNames], [.. Cells.Skip(first), .. Others]);

    public int Find(string name)
    {
        int place = TryFind(name);
        return place >= 0 ? place : throw new ArgumentException($"The column \"{name}\" was not requested.", nameof(name));
    }

    /// <summary>The place of a column; −1 if it was not requested.</summary>
    public int TryFind(string name)
    {
        int place = Layout.Columns.Count - 1;
        while (place >= 0 && Layout.Columns[place].Name != name)
        {
            place--;
        }

        return place;
    }

    public bool Has(int column) => Layout.Places[column] >= 0;

    public InputProblem Problem(int column, string found, string expected) =>
        new(File, Number, Layout.Columns[column].Name, found, expected) { Line = Line == Number ? 0 : Line };
}

/// <summary>How a file is read: which columns its header should have.</summary>
/// <param name="Columns">The columns for a header (an empty header gives those that every such file has).</param>
/// <param name="KeepOthers">Whether the other columns are read too.</param>
internal sealed record TableRequest(Func<IReadOnlyList<string>, IReadOnlyList<TableColumn>> Columns, bool KeepOthers = false)
{
    /// <summary>Whether a header has all columns that are needed.</summary>
    /// <param name="header">The header.</param>
    public bool IsWhole(string[] header) => Columns(header).All(column => column.Optional || header.Contains(column.Name));

    /// <summary>The columns that every such file has, for messages.</summary>
    public string Needed => string.Join(", ", Columns([]).Where(column => !column.Optional).Select(column => column.Name));
}
