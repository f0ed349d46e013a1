using RlCore.Engines.Managed;

namespace RlCore.Engines.Tests.Managed;

public sealed class ManagedElementwise : ElementwiseLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}

public sealed class ManagedSequences : SequenceLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}

public sealed class ManagedModelOperations : ModelOperationLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}

public sealed class ManagedAttention : AttentionLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}

public sealed class ManagedLogProbs : LogProbLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}

public sealed class ManagedOptimizer : OptimizerLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}

public sealed class ManagedFrozen : FrozenLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}

public sealed class ManagedFrozen256 : FrozenLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() =>
        new ManagedEngine(new ManagedEngineOptions { MatrixPath = MatrixPath.Vector256 });
}

public sealed class ManagedFrozen128 : FrozenLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() =>
        new ManagedEngine(new ManagedEngineOptions { MatrixPath = MatrixPath.Vector128 });
}

public sealed class ManagedEngineObeys : EngineLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}
