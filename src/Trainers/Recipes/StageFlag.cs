namespace RlCore.Trainers.Recipes;

/// <summary>A setting of a run of one stage, as an option of the command line.</summary>
/// <param name="Name">The option, such as <c>--learning-rate</c>.</param>
/// <param name="Path">The setting that it gives, as <c>key=value</c> settings write it: <c>stages.0.optimizer.learningRate</c>.</param>
/// <param name="Description">What it is, from the documentation of the setting.</param>
/// <param name="Values">What is given: N, X, TEXT, FILE, or the values to choose from.</param>
/// <param name="Default">What holds without it; empty where that says nothing.</param>
/// <param name="IsRequired">Whether a run cannot do without it.</param>
/// <param name="IsSwitch">Whether it may stand alone, for true.</param>
public sealed record StageFlag(string Name, string Path, string Description, string Values, string Default, bool IsRequired, bool IsSwitch);
