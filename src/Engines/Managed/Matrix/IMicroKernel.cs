namespace RlCore.Engines.Managed;

/// <summary>
/// The innermost loop of the matrix product: a tile of <see cref="Rows"/> × <see cref="Columns"/> sums over
/// <c>depth</c> rank-one updates of packed panels. Every element sums in order of depth, wherever its tile lies.
/// </summary>
internal unsafe interface IMicroKernel
{
    static abstract int Rows { get; }

    static abstract int Columns { get; }

    /// <summary>c (+)= aᵀ·b over a packed panel of each.</summary>
    /// <param name="depth">Length of the sums.</param>
    /// <param name="a">depth × Rows.</param>
    /// <param name="b">depth × Columns.</param>
    /// <param name="c">Rows × Columns, <paramref name="stride"/> floats from row to row.</param>
    /// <param name="stride">Row stride of c.</param>
    /// <param name="epilogue">What the sums are added to.</param>
    static abstract void Run(int depth, float* a, float* b, float* c, int stride, Epilogue epilogue);

    /// <summary>The same where only the first half of the columns is needed; the other half of c may be left alone.</summary>
    static abstract void RunHalf(int depth, float* a, float* b, float* c, int stride, Epilogue epilogue);
}

/// <summary>What a product is added to on its way to memory.</summary>
/// <param name="accumulate">c itself.</param>
/// <param name="bias">Else a row, from the tile's first column; null for nothing.</param>
internal readonly unsafe struct Epilogue(bool accumulate, float* bias)
{
    public bool Accumulate => accumulate;

    public float* Bias => bias;

    /// <summary>The same epilogue at a later column of the tile.</summary>
    public Epilogue At(int column) => new(accumulate, bias == null ? null : bias + column);
}
