using RlCore.Engines;
using RlCore.Engines.Managed;

namespace RlCore.Trainers.Tests.Stages;

public sealed class ManagedTrainerLaws : TrainerLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}

public sealed class ManagedOnPolicyTrainerLaws : OnPolicyTrainerLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}

public sealed class ManagedUnpairedTrainerLaws : UnpairedTrainerLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}

public sealed class ManagedRewardTrainerLaws : RewardTrainerLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}

public sealed class ManagedProcessTrainerLaws : ProcessTrainerLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}

public sealed class ManagedPreferenceTrainerLaws : PreferenceTrainerLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}

public sealed class ManagedRejectionTrainerLaws : RejectionTrainerLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}

public sealed class ManagedOnlinePreferenceTrainerLaws : OnlinePreferenceTrainerLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}

public sealed class ManagedDistillationLaws : DistillationLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}

public sealed class ManagedActorCriticLaws : ActorCriticLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}

public sealed class ManagedAlgorithmLaws : AlgorithmLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}

public sealed class ManagedTrustRegionTrainerLaws : TrustRegionTrainerLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}

public sealed class ManagedOnPolicyStepLaws : OnPolicyStepLaws<ManagedTensor>
{
    protected override IEngine<ManagedTensor> CreateEngine() => new ManagedEngine();
}
