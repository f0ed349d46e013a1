namespace RlCore.Engines.Managed;

/// <summary>
/// Scaled cosines and sines of position · frequency for positions 0, 1, …: computed in double, kept by the engine, and grown when a
/// later position is asked for.
/// </summary>
internal sealed unsafe class RotaryTable(Arena arena, RotaryFrequencies frequencies)
{
    private Block _cosines;
    private Block _sines;
    private int _positions;

    public float* Cosines => _cosines.Data;

    public float* Sines => _sines.Data;

    /// <summary>Makes the table cover positions below <paramref name="positions"/>.</summary>
    public void Cover(int positions)
    {
        if (positions <= _positions)
        {
            return;
        }

        Release();
        int half = frequencies.PerPosition.Length;
        _positions = Math.Max(positions, 64);
        _cosines = arena.Rent((long)_positions * half);
        _sines = arena.Rent((long)_positions * half);
        for (int i = 0; i < half; i++)
        {
            double frequency = frequencies.PerPosition[i];
            for (int position = 0; position < _positions; position++)
            {
                var (sine, cosine) = Math.SinCos(position * frequency);
                _cosines.Data[((long)position * half) + i] = (float)(cosine * frequencies.Scale);
                _sines.Data[((long)position * half) + i] = (float)(sine * frequencies.Scale);
            }
        }
    }

    public void Release()
    {
        arena.Return(_cosines);
        arena.Return(_sines);
        _cosines = _sines = default;
        _positions = 0;
    }
}
