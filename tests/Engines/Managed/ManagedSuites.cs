using RlCore.Engines.Managed;

namespace RlCore.Engines.Tests.Managed;

public sealed class ManagedModelOperations : ModelOperationLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}

public sealed class ManagedAttention : AttentionLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}
