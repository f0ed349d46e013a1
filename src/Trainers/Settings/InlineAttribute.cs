namespace RlCore.Trainers.Settings;

/// <summary>
/// On a setting whose type is a union: its key names the case, and the settings of the case stand beside it in the same object.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class InlineAttribute : Attribute;
