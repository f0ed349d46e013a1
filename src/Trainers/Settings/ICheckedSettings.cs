namespace RlCore.Trainers.Settings;

/// <summary>A record whose settings ask something of each other.</summary>
internal interface ICheckedSettings
{
    /// <summary>Refuses what does not go together, each setting being in its own range.</summary>
    /// <param name="add">Receives the key, what was found and what was expected.</param>
    void Check(Action<string, string, string> add);
}
