using RlCore.Engines;
using RlCore.Engines.Managed;

namespace RlCore.Trainers.Tests.Models;

public sealed class ManagedDecoderLaws : DecoderLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}

public sealed class ManagedScalarModelLaws : ScalarModelLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}

public sealed class ManagedStoriesLaws : StoriesLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}

public sealed class ManagedAdapterLaws : AdapterLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}
