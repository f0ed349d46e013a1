namespace RlCore.Tests;

// FsCheck's attributes have no constructor that takes a source position.
#pragma warning disable xUnit3003

/// <summary>A law, run by FsCheck on generated arguments. RLCORE_MAX_TEST raises its number of cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PropertyAttribute : FsCheck.Xunit.PropertyAttribute
{
    public new int MaxTest
    {
        get => base.MaxTest;
        set => base.MaxTest = Cases.AtLeast(value);
    }
}

/// <summary>What the laws of an assembly or a class have in common. RLCORE_MAX_TEST raises their number of cases.</summary>
[AttributeUsage(AttributeTargets.Assembly | AttributeTargets.Class)]
internal sealed class PropertiesAttribute : FsCheck.Xunit.PropertiesAttribute
{
    public new int MaxTest
    {
        get => base.MaxTest;
        set => base.MaxTest = Cases.AtLeast(value);
    }
}
