using RlCore.Engines.Tests;
using RlCore.Properties;
using RlCore.Trainers.Tests.Attempts;
using RlCore.Trainers.Tests.ClosedForm;
using RlCore.Trainers.Tests.Models;
using RlCore.Trainers.Tests.Rollouts;
using RlCore.Trainers.Tests.Search;
using RlCore.Trainers.Tests.Stages;
using TorchSharp;

namespace RlCore.Engines.Torch.Tests;

public sealed class TorchObeysTheAlgebra : AlgebraLaws<TorchTensor>, IDisposable
{
    private DisposeScope? _scope;

    protected override double Tolerance => 1e-6;

    public void Dispose() => _scope?.Dispose();

    // The scope belongs to the thread that the law runs on, which need not be the constructor's.
    protected override TorchTensor Of(double value)
    {
        _scope ??= torch.NewDisposeScope();
        return TorchTensor.Wrap(torch.tensor([(float)value, (float)value], 1, 2, device: Machine.Device));
    }

    protected override double Read(TorchTensor value) => value.Value[0, 1].ToDouble();
}

public sealed class TorchElementwise : ElementwiseLaws<TorchTensor>
{
    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}

public sealed class TorchSequences : SequenceLaws<TorchTensor>
{
    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}

public sealed class TorchLogProbs : LogProbLaws<TorchTensor>
{
    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}

public sealed class TorchOptimizer : OptimizerLaws<TorchTensor>
{
    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}

public sealed class TorchFrozen : FrozenLaws<TorchTensor>
{
    // libtorch's matrix products take the order of a sum from strides and alignment, so that only float32's rounding is alike: sums of up
    // to 1100 terms, against 2e-3 for a weight that were rounded to bfloat16 once more.
    protected override double Tolerance => 1e-5;

    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}

public sealed class TorchEngineObeys : EngineLaws<TorchTensor>
{
    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}

public sealed class TorchModelOperations : ModelOperationLaws<TorchTensor>
{
    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}

public sealed class TorchAttention : AttentionLaws<TorchTensor>
{
    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}

public sealed class TorchDecoderLaws : DecoderLaws<TorchTensor>
{
    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}

public sealed class TorchStoriesLaws : StoriesLaws<TorchTensor>
{
    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}

public sealed class TorchAdapterLaws : AdapterLaws<TorchTensor>
{
    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}

public sealed class TorchTrainerLaws : TrainerLaws<TorchTensor>
{
    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}

public sealed class TorchOnPolicyTrainerLaws : OnPolicyTrainerLaws<TorchTensor>
{
    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}

public sealed class TorchOnPolicyStepLaws : OnPolicyStepLaws<TorchTensor>
{
    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}

public sealed class TorchUnpairedTrainerLaws : UnpairedTrainerLaws<TorchTensor>
{
    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}

public sealed class TorchRewardTrainerLaws : RewardTrainerLaws<TorchTensor>
{
    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}

public sealed class TorchProcessTrainerLaws : ProcessTrainerLaws<TorchTensor>
{
    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}

public sealed class TorchPreferenceTrainerLaws : PreferenceTrainerLaws<TorchTensor>
{
    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}

public sealed class TorchThoughtSearchLaws : ThoughtSearchLaws<TorchTensor>
{
    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}

public sealed class TorchSecondAttemptLaws : SecondAttemptLaws<TorchTensor>
{
    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}

public sealed class TorchSearchRoundLaws : SearchRoundLaws<TorchTensor>
{
    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}

public sealed class TorchCompletionSamplerLaws : CompletionSamplerLaws<TorchTensor>
{
    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}

public sealed class TorchScalarModel : ScalarModelLaws<TorchTensor>
{
    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}

public sealed class TorchTrustRegionTrainerLaws : TrustRegionTrainerLaws<TorchTensor>
{
    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}

public sealed class TorchActorCriticLaws : ActorCriticLaws<TorchTensor>
{
    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}

public sealed class TorchClosedForm : ClosedFormLaws<TorchTensor>
{
    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}

public sealed class TorchAlgorithmLaws : AlgorithmLaws<TorchTensor>
{
    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}

public sealed class TorchRejectionTrainerLaws : RejectionTrainerLaws<TorchTensor>
{
    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}

public sealed class TorchOnlinePreferenceTrainerLaws : OnlinePreferenceTrainerLaws<TorchTensor>
{
    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}

public sealed class TorchDistillationLaws : DistillationLaws<TorchTensor>
{
    protected override IEngine<TorchTensor> CreateEngine() => Machine.CreateEngine();
}
