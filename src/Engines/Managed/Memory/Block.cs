namespace RlCore.Engines.Managed;

/// <summary>
/// A piece of native memory from an <see cref="Arena"/>, aligned to 64 bytes. It is followed by at least 16 readable floats.
/// </summary>
/// <param name="data">First float; null for none.</param>
/// <param name="sizeClass">Where the arena takes it back; outside of its classes, the negative number of lines.</param>
internal readonly unsafe struct Block(float* data, int sizeClass)
{
    public float* Data => data;

    public int SizeClass => sizeClass;

    public bool IsNone => data == null;

    /// <summary>The same memory as integers (indices kept for reverse mode).</summary>
    public int* Integers => (int*)data;
}
