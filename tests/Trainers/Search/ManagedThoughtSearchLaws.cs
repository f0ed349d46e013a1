using RlCore.Engines;
using RlCore.Engines.Managed;

namespace RlCore.Trainers.Tests.Search;

public sealed class ManagedThoughtSearchLaws : ThoughtSearchLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}

public sealed class ManagedSearchRoundLaws : SearchRoundLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}
