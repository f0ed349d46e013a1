using RlCore.Trainers.Inputs;

namespace RlCore.Studies.Formulas;

/// <summary>Every loss and estimator of the library, by name.</summary>
public static class FormulaCatalogue
{
    /// <summary>All entries, in the order of the index.</summary>
    public static IReadOnlyList<LossEntry> All { get; } =
        [.. PolicyEntries.All, .. SequenceEntries.All, .. DivergenceEntries.All, .. PreferenceEntries.All, .. OtherEntries.All];

    /// <summary>The entry of a name.</summary>
    /// <param name="name">Its name, whatever the case.</param>
    /// <exception cref="InputException">There is none; the message suggests the closest name.</exception>
    public static LossEntry Find(string name)
    {
        if (All.FirstOrDefault(entry => entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } found)
        {
            return found;
        }

        string hint = Names.TryNearest(name, [.. All.Select(entry => entry.Name)], out string nearest)
            ? $"perhaps \"{nearest}\""
            : "a name that `explain` without a name lists";
        throw new InputException([new InputProblem("LOSS", 0, "", name, hint)]);
    }
}
