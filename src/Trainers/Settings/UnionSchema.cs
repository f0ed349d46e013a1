namespace RlCore.Trainers.Settings;

/// <summary>The cases of a union that settings hold lists of.</summary>
/// <param name="Noun">The word for one of them in messages.</param>
/// <param name="Cases">By the value of <c>type</c>, with the defaults that each starts from.</param>
/// <param name="HasShorthand">Whether a string stands for a case with its defaults, and a single case for a list with one item.</param>
internal sealed record UnionSchema(string Noun, IReadOnlyDictionary<string, Func<object>> Cases, bool HasShorthand);

/// <summary>A case of a union that settings name by its <c>type</c>.</summary>
internal interface INamedCase
{
    /// <summary>The value of <c>type</c> that stands for it.</summary>
    string TypeName { get; }
}

/// <summary>What settings may name besides what their records say.</summary>
internal interface ISettingNames
{
    /// <summary>The union that a list holds cases of.</summary>
    /// <param name="type">The type of the list's items.</param>
    UnionSchema? UnionOf(Type type);

    /// <summary>A case of an inline union as it is where nothing else is said of it.</summary>
    /// <param name="value">The case, with its own defaults or with those of what holds it.</param>
    object Adjust(object value);

    /// <summary>The spelling that took the place of an earlier version's value.</summary>
    /// <param name="key">The key that it stands under.</param>
    /// <param name="value">The value.</param>
    /// <param name="spelling">The new spelling.</param>
    bool TryFindRenamedValue(string key, string value, out string spelling);

    /// <summary>The spelling that took the place of an earlier version's key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="spelling">The new spelling.</param>
    bool TryFindRenamedKey(string key, out string spelling);
}
