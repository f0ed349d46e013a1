namespace RlCore.Engines.Managed;

/// <summary>A matrix in memory with any strides, so that a transpose is a view.</summary>
/// <param name="data">First element.</param>
/// <param name="rows">Rows.</param>
/// <param name="columns">Columns.</param>
/// <param name="rowStride">Floats from row to row.</param>
/// <param name="columnStride">Floats from column to column.</param>
internal readonly unsafe struct MatrixView(float* data, int rows, int columns, int rowStride, int columnStride)
{
    public float* Data => data;

    public int Rows => rows;

    public int Columns => columns;

    public int RowStride => rowStride;

    public int ColumnStride => columnStride;

    public MatrixView Transposed => new(data, columns, rows, columnStride, rowStride);

    /// <summary>A row-major matrix without gaps.</summary>
    public static MatrixView RowMajor(float* data, int rows, int columns) => new(data, rows, columns, columns, 1);

    public float* At(int row, int column) => data + ((long)row * rowStride) + ((long)column * columnStride);
}
