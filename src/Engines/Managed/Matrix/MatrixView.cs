using System.Diagnostics;

namespace RlCore.Engines.Managed;

/// <summary>A matrix in memory with any strides, so that a transpose is a view.</summary>
/// <param name="data">First element.</param>
/// <param name="rows">Rows.</param>
/// <param name="columns">Columns.</param>
/// <param name="rowStride">Elements from row to row; bytes where they are quantized.</param>
/// <param name="columnStride">Elements from column to column; bytes where they are quantized.</param>
/// <param name="type">How the elements are stored.</param>
internal readonly unsafe struct MatrixView(
    void* data, int rows, int columns, int rowStride, int columnStride, WeightType type = WeightType.F32)
{
    public int Rows => rows;

    public int Columns => columns;

    public int RowStride => rowStride;

    public int ColumnStride => columnStride;

    public WeightType Type => type;

    public MatrixView Transposed => new(data, columns, rows, columnStride, rowStride, type);

    /// <summary>A row-major matrix of float32 without gaps.</summary>
    public static MatrixView RowMajor(float* data, int rows, int columns) => new(data, rows, columns, columns, 1);

    /// <summary>Rows of a node's values.</summary>
    /// <param name="node">A row-major matrix of either type.</param>
    /// <param name="first">First row.</param>
    /// <param name="count">Number of rows.</param>
    public static MatrixView RowsOf(Node node, int first, int count)
    {
        var all = Of(node);
        return new MatrixView(all.Transposed.Line(first), count, all.Columns, all.RowStride, 1, all.Type);
    }

    /// <summary>A node's values.</summary>
    public static MatrixView Of(Node node) => node.Type == WeightType.Q80
        ? new((byte*)node.Value.Data + Quantized8.Lead(node.Columns), node.Rows, node.Columns, Quantized8.Pitch(node.Columns), 1, node.Type)
        : new(node.Value.Data, node.Rows, node.Columns, node.Columns, 1, node.Type);

    /// <summary>The address of a column's first element, of any type.</summary>
    public void* Line(int column) => (byte*)data + ((long)column * columnStride * type switch
    {
        WeightType.F32 => sizeof(float),
        WeightType.BF16 => sizeof(ushort),
        _ => sizeof(byte),
    });

    /// <summary>Copies a column whose elements lie side by side, as float32.</summary>
    public void CopyLine(int column, float* destination)
    {
        switch (type)
        {
            case WeightType.BF16:
                BFloat16.Copy((BFloat16*)Line(column), 0, destination, rows);
                break;
            case WeightType.Q80:
                Quantized8.Copy((Quantized8*)Line(column), 0, destination, rows);
                break;
            default:
                Float32.Copy((Float32*)Line(column), 0, destination, rows);
                break;
        }
    }

    /// <summary>The address of an element of float32.</summary>
    public float* At(int row, int column)
    {
        Debug.Assert(type == WeightType.F32, "The elements are not float32.");
        return (float*)data + Offset(row, column);
    }

    /// <summary>The address of an element of bfloat16.</summary>
    public BFloat16* HalfAt(int row, int column)
    {
        Debug.Assert(type == WeightType.BF16, "The elements are not bfloat16.");
        return (BFloat16*)data + Offset(row, column);
    }

    private long Offset(int row, int column) => ((long)row * rowStride) + ((long)column * columnStride);
}
