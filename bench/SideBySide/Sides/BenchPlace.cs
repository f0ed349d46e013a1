using RlCore.SideBySide.Cases;

namespace RlCore.SideBySide.Sides;

/// <summary>Where the files of a run of this program are.</summary>
/// <param name="Folder">The folder.</param>
internal sealed record BenchPlace(string Folder)
{
    /// <summary>Models.</summary>
    public ModelFiles Models => new(Folder);

    /// <summary>The quickstart.</summary>
    public Quickstart Quickstart => new(Folder);
}
