namespace RlCore.SideBySide.Sides;

/// <summary>A case as one side does it.</summary>
internal interface ISideWork : IDisposable
{
    /// <summary>What the side computes, for comparison with the others. It is asked once, before the first run.</summary>
    IReadOnlyList<double> Check();

    /// <summary>Does what is measured, once.</summary>
    void Run();
}
