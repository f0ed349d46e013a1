namespace RlCore.Trainers.Recipes;

/// <summary>A setting of a run of one stage, as an option of the command line.</summary>
/// <param name="Name">The option, such as <c>--learning-rate</c>.</param>
/// <param name="Path">The setting that it sets, in the form of <c>key=value</c> settings: <c>stages.0.optimizer.learningRate</c>.</param>
/// <param name="Description">Its description, from the documentation of the setting.</param>
/// <param name="Values">The form of the value: N, X, TEXT, FILE, or the values to choose from.</param>
/// <param name="Default">The default value; empty if that says nothing.</param>
/// <param name="IsRequired">Whether it is required.</param>
/// <param name="IsSwitch">Whether it may be given without a value, meaning true.</param>
internal sealed record StageFlag(
    string Name,
    string Path,
    string Description,
    string Values,
    string Default,
    bool IsRequired,
    bool IsSwitch);
