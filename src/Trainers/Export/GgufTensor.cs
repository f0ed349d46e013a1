using RlCore.Trainers.Files;

namespace RlCore.Trainers.Export;

/// <summary>A tensor of a GGUF file.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Data">Its elements, read when the file is written.</param>
/// <param name="Type">How they are stored.</param>
/// <param name="Source">What the checkpoint calls it, for messages.</param>
internal sealed record GgufTensor(string Name, TensorData Data, GgufType Type, string Source)
{
    /// <summary>Numbers in a row: the last size.</summary>
    public int RowLength => Data.Shape[^1];

    /// <summary>Bytes in the file, without padding.</summary>
    public long Bytes => Type.BytesOf(Data.Count);
}

/// <summary>
/// Rows of a projection to queries or keys in the order in which llama.cpp rotates pairs of them: row 2i + j of a head is row
/// j · size/2 + i of the checkpoint's, which pairs the first half of a head with the second.
/// </summary>
/// <param name="rows">The projection, [heads · size, inputs], or its bias, [heads · size].</param>
/// <param name="headSize">Rows of a head.</param>
internal sealed class InterleavedRows(TensorData rows, int headSize) : TensorData(rows.Shape, rows.Type)
{
    private readonly int _columns = rows.Shape.Count > 1 ? rows.Shape[1] : 1;
    private float[] _head = [];
    private long _loaded = -1;

    /// <inheritdoc/>
    public override void Read(long first, Span<float> destination)
    {
        long headNumbers = (long)headSize * _columns;
        while (destination.Length > 0)
        {
            (long head, long within) = Math.DivRem(first, headNumbers);
            Load(head);
            (long row, long column) = Math.DivRem(within, _columns);
            long source = ((row % 2) * (headSize / 2)) + (row / 2);
            int count = (int)Math.Min(_columns - column, destination.Length);
            _head.AsSpan((int)((source * _columns) + column), count).CopyTo(destination);
            destination = destination[count..];
            first += count;
        }
    }

    private void Load(long head)
    {
        if (_loaded == head)
        {
            return;
        }

        if (_head.Length == 0)
        {
            _head = new float[headSize * _columns];
        }

        rows.Read(head * _head.Length, _head);
        _loaded = head;
    }
}
