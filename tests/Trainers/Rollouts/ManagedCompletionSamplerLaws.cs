using RlCore.Engines;
using RlCore.Engines.Managed;

namespace RlCore.Trainers.Tests.Rollouts;

public sealed class ManagedCompletionSamplerLaws : CompletionSamplerLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}
