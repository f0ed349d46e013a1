namespace RlCore.Trainers.Settings;

/// <summary>
/// Marks a setting whose type is a union: its key names the case, and the settings of the case are in the same object.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class InlineAttribute : Attribute;
