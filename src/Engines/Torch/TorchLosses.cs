using RlCore.Algebra;
using TorchSharp;
using static TorchSharp.torch;

namespace RlCore.Engines.Torch;

/// <summary>
/// The loss functions on TorchSharp tensors, for a training loop of one's own: tensors in, tensors out, gradients flow. Every
/// formula of RlCore.Algebra runs by <see cref="Of(Func{TorchTensor, TorchTensor}, Tensor)"/> and its relatives; the most used
/// have a name here.
/// </summary>
/// <remarks>
/// A matrix is [batch, time]; a vector has one number per sequence. Any floating-point type, any device. Temporaries are freed on
/// return, whether or not the caller uses a dispose scope.
/// </remarks>
public static class TorchLosses
{
    /// <summary>A formula of one variable: for example <c>TorchLosses.Of(x =&gt; SupervisedLosses.TokenNll(x), logProbs)</c>.</summary>
    /// <param name="formula">A formula over a carrier.</param>
    /// <param name="x">Scalar, vector or matrix.</param>
    /// <returns>The formula's result: of the argument's shape where the formula is elementwise.</returns>
    public static Tensor Of(Func<TorchTensor, TorchTensor> formula, Tensor x) => Run(x, () => formula(Wrap(x)));

    /// <summary>
    /// A formula of two variables: for example <c>TorchLosses.Of((c, r) =&gt; PreferenceLosses.Sigmoid(c, r, 0.1), chosen, rejected)</c>.
    /// </summary>
    /// <param name="formula">A formula over a carrier.</param>
    /// <param name="x">First argument.</param>
    /// <param name="y">Second argument, of the first's shape.</param>
    /// <returns>The formula's result: of the arguments' shape where the formula is elementwise.</returns>
    public static Tensor Of(Func<TorchTensor, TorchTensor, TorchTensor> formula, Tensor x, Tensor y) =>
        Run(x, () => formula(Wrap(x), Wrap(y)));

    /// <summary>A formula of three variables.</summary>
    /// <param name="formula">A formula over a carrier.</param>
    /// <param name="x">First argument.</param>
    /// <param name="y">Second argument, of the first's shape.</param>
    /// <param name="z">Third argument, of the first's shape.</param>
    /// <returns>The formula's result: of the arguments' shape where the formula is elementwise.</returns>
    public static Tensor Of(Func<TorchTensor, TorchTensor, TorchTensor, TorchTensor> formula, Tensor x, Tensor y, Tensor z) =>
        Run(x, () => formula(Wrap(x), Wrap(y), Wrap(z)));

    /// <summary>
    /// The clipped surrogate of PPO and GRPO by token, −min(ρA, clip(ρ, 1 − low, 1 + high) A); see <see cref="PolicyLosses"/>.
    /// </summary>
    /// <param name="logProbs">log π of the tokens, with gradient.</param>
    /// <param name="oldLogProbs">log π at the rollout; data.</param>
    /// <param name="advantages">Advantages of the tokens; data.</param>
    /// <param name="clipLow">ε below 1.</param>
    /// <param name="clipHigh">ε above 1.</param>
    public static Tensor PpoClip(Tensor logProbs, Tensor oldLogProbs, Tensor advantages, double clipLow = 0.2, double clipHigh = 0.2)
    {
        var term = new PpoClipTerm(clipLow, clipHigh);
        return Of((x, old, advantage) => Map(term, new PolicyInputs<TorchTensor>(x, old, x, advantage)), logProbs, oldLogProbs, advantages);
    }

    /// <summary>An estimator of KL(π‖π_ref) by token; see <see cref="KlEstimators"/>.</summary>
    /// <param name="logProbs">log π of the tokens, with gradient.</param>
    /// <param name="refLogProbs">log π_ref of the tokens; data.</param>
    /// <param name="estimator">k1, k2, k3 or the absolute difference.</param>
    public static Tensor Kl(Tensor logProbs, Tensor refLogProbs, KlEstimator estimator = KlEstimator.K3) =>
        Of((x, reference) => KlEstimators.Estimate(estimator, x, TorchTensor.StopGradient(reference)), logProbs, refLogProbs);

    /// <summary>Negative log-likelihood by token.</summary>
    /// <param name="logProbs">log π of the tokens, with gradient.</param>
    public static Tensor TokenNll(Tensor logProbs) => Of(SupervisedLosses.TokenNll, logProbs);

    /// <summary>DPO by pair, −log σ(β[(ℓ_w − ℓ_ref,w) − (ℓ_l − ℓ_ref,l)]); see <see cref="PreferenceLosses"/>.</summary>
    /// <param name="chosen">Log-probs of the chosen sequences, with gradient.</param>
    /// <param name="rejected">Log-probs of the rejected sequences, with gradient.</param>
    /// <param name="refChosen">The reference's log-probs of the chosen sequences.</param>
    /// <param name="refRejected">The reference's log-probs of the rejected sequences.</param>
    /// <param name="beta">β.</param>
    /// <param name="labelSmoothing">Probability that a label is wrong.</param>
    public static Tensor Dpo(
        Tensor chosen, Tensor rejected, Tensor refChosen, Tensor refRejected, double beta = 0.1, double labelSmoothing = 0) =>
        Run(chosen, () =>
        {
            var pair = new PairInputs<TorchTensor>(Wrap(chosen), Wrap(rejected), Wrap(refChosen), Wrap(refRejected));
            return PreferenceLosses.Sigmoid(pair.ChosenLogRatio, pair.RejectedLogRatio, beta, labelSmoothing);
        });

    /// <summary>
    /// Token losses as one scalar. The weights are counted from <paramref name="stepMask"/>, the mask of the whole optimizer step, so a
    /// step may be cut into micro-batches and the gradients add up to the same.
    /// </summary>
    /// <param name="tokenLosses">[rows, time] of a micro-batch.</param>
    /// <param name="mask">Its action tokens, [rows, time].</param>
    /// <param name="aggregation">Token mean, sequence mean and so on.</param>
    /// <param name="stepMask">The step's action tokens.</param>
    /// <param name="firstRow">The micro-batch's first row within the step.</param>
    public static Tensor Aggregate(Tensor tokenLosses, SequenceMask mask, Aggregation aggregation, SequenceMask stepMask, int firstRow = 0)
    {
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentNullException.ThrowIfNull(aggregation);
        double[] weights = aggregation.RowWeights(stepMask)[firstRow..(firstRow + mask.Rows)];
        return Run(tokenLosses, () => TokenLosses.Aggregate(Wrap(tokenLosses), mask, weights)).reshape([]);
    }

    /// <summary>Token losses of a whole step as one scalar.</summary>
    /// <param name="tokenLosses">[rows, time].</param>
    /// <param name="mask">Action tokens, [rows, time].</param>
    /// <param name="aggregation">Token mean, sequence mean and so on.</param>
    public static Tensor Aggregate(Tensor tokenLosses, SequenceMask mask, Aggregation aggregation) =>
        Aggregate(tokenLosses, mask, aggregation, mask);

    /// <summary>
    /// log softmax(hidden·headᵀ/temperature) at the targets, and the entropies, without ever storing the logits of all tokens.
    /// Gradients flow to both arguments.
    /// </summary>
    /// <param name="hidden">[batch, time, width], the last hidden states.</param>
    /// <param name="head">[vocabulary, width].</param>
    /// <param name="targets">batch · time token ids, row-major; negative where nothing is scored.</param>
    /// <param name="temperature">Positive; divides the logits.</param>
    /// <returns>Both [batch, time]; 0 where nothing is scored.</returns>
    public static (Tensor LogProbs, Tensor Entropy) SelectedLogProbs(
        Tensor hidden, Tensor head, ReadOnlySpan<int> targets, double temperature = 1)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        if (hidden.Dimensions != 3)
        {
            throw new ArgumentException(
                $"Hidden states are [batch, time, width], but the tensor is [{string.Join(", ", hidden.shape)}].", nameof(hidden));
        }

        using DisposeScope scope = NewDisposeScope();
        TorchTensor rows = TorchTensor.Wrap(hidden.reshape(-1, hidden.size(2)));
        TokenLogProbs<TorchTensor> result = TorchTensor.SelectedLogProbs(
            rows, TorchTensor.Wrap(head), targets, (int)hidden.size(0), (int)hidden.size(1), temperature);
        return (result.LogProbs.Value.MoveToOuterDisposeScope(), result.Entropy.Value.MoveToOuterDisposeScope());
    }

    private static T Map<TTerm, T>(TTerm term, PolicyInputs<T> inputs)
        where TTerm : struct, IPolicyTerm
        where T : struct, ISequenceAlgebra<T> => T.Map(term, inputs);

    private static TorchTensor Wrap(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return TorchTensor.Wrap(x.Dimensions switch
        {
            0 => x.reshape(1, 1),
            1 => x.reshape(x.size(0), 1),
            _ => x,
        });
    }

    private static Tensor Run(Tensor like, Func<TorchTensor> formula)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor result = formula().Value;
        result = result.NumberOfElements == like.NumberOfElements ? result.reshape(like.shape) : result.alias();
        return result.MoveToOuterDisposeScope();
    }
}
