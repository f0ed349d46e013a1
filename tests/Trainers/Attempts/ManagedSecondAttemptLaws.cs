using RlCore.Engines;
using RlCore.Engines.Managed;

namespace RlCore.Trainers.Tests.Attempts;

/// <summary>Second attempts on the embedded engine.</summary>
public sealed class ManagedSecondAttemptLaws : SecondAttemptLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}
