namespace RlCore.Trainers.Recipes;

/// <summary>Spellings of earlier versions, each with its replacement.</summary>
internal static class Renamed
{
    private static readonly Dictionary<(string Key, string Value), string> Values = new()
    {
        [("surrogate", "ppoClip")] = "\"clip\", its new name",
        [("loss", "sigmoidNormalized")] = "\"sigmoid\", with \"normalized\": true beside it",
        [("loss", "ipoNormalized")] = "\"ipo\", with \"normalized\": true beside it",
    };

    private static readonly Dictionary<string, string> Keys = new(StringComparer.Ordinal)
    {
        ["startFrom"] = "\"model\": { \"from\": … }, its new place",
        ["rewardKlEstimator"] = "\"klEstimator\", its new name",
    };

    /// <summary>The new spelling of a value.</summary>
    /// <param name="key">The key of the value.</param>
    /// <param name="value">The value.</param>
    /// <param name="spelling">The new spelling.</param>
    public static bool TryFindValue(string key, string value, out string spelling) => Values.TryGetValue((key, value), out spelling!);

    /// <summary>The new spelling of a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="spelling">The new spelling.</param>
    public static bool TryFindKey(string key, out string spelling) => Keys.TryGetValue(key, out spelling!);
}
