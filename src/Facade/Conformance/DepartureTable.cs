namespace RlCore.Conformance;

/// <summary>Every field in which a peer's mistake is not copied.</summary>
internal static class DepartureTable
{
    /// <summary>The table.</summary>
    public static readonly Departure[] All = [];
}
