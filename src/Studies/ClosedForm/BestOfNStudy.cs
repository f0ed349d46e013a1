using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;

namespace RlCore.Studies.ClosedForm;

/// <summary>Best-of-n, sampled and exact.</summary>
/// <param name="Samples">n.</param>
/// <param name="Trials">Number of times that n completions of a prompt were drawn and the best one kept.</param>
/// <param name="WorstZ">The largest |frequency − law| over all completions, in standard errors of the frequency.</param>
/// <param name="Reward">Mean reward of the kept completions.</param>
/// <param name="ExactReward">The exact mean reward.</param>
/// <param name="Kl">KL of the law to the reference, mean over prompts, in nats.</param>
/// <param name="KlBound">log n − (n − 1)/n.</param>
public sealed record BestOfNResult(int Samples, int Trials, double WorstZ, double Reward, double ExactReward, double Kl, double KlBound);

/// <summary>
/// Draws best-of-n by the sampler that the trainers use, and compares how often each completion is kept with the exact law.
/// </summary>
public static class BestOfNStudy
{
    private const ulong Seed = 11;

    /// <summary>Draws and compares.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="samples">n.</param>
    /// <param name="trials">Times a prompt.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    public static BestOfNResult Run<T>(IEngine<T> engine, int samples, int trials)
        where T : struct, ITensor<T>
    {
        using var policy = ToyLanguage.Reference(engine);
        float[] logits = ClosedFormStudy.Table(engine, policy);
        double worst = 0, reward = 0, exact = 0, kl = 0;
        for (int prompt = 0; prompt < ToyLanguage.Questions.Count; prompt++)
        {
            double[] rewards = ToyLanguage.Rewards(prompt);
            double[] probabilities = [.. ToyLanguage.LogProbs(logits, prompt).Select(Math.Exp)];
            double[] law = TestTimeCompute.BestOfN(probabilities, rewards, samples);
            int[] kept = Keep(engine, policy, prompt, samples, trials);
            for (int i = 0; i < law.Length; i++)
            {
                double error = Math.Sqrt(law[i] * (1 - law[i]) / trials);
                worst = Math.Max(worst, Math.Abs(((double)kept[i] / trials) - law[i]) / error);
                reward += kept[i] * rewards[i] / trials;
                exact += law[i] * rewards[i];
                kl += law[i] * Math.Log(law[i] / probabilities[i]);
            }
        }

        int prompts = ToyLanguage.Questions.Count;
        return new BestOfNResult(
            samples, trials, worst, reward / prompts, exact / prompts, kl / prompts, TestTimeCompute.BestOfNKlBound(samples));
    }

    // How often each completion was the best of n; the first of equals is kept.
    private static int[] Keep<T>(IEngine<T> engine, TabularPolicy<T> policy, int prompt, int samples, int trials)
        where T : struct, ITensor<T>
    {
        var completions = ToyLanguage.Completions(prompt)
            .Select((sequence, index) => (sequence, index))
            .ToDictionary(entry => entry.sequence, entry => entry.index);
        double[] rewards = ToyLanguage.Rewards(prompt);
        var drawn = new CompletionSampler<T>(engine, policy, [ToyLanguage.Tokenizer.EndOfSequence]).Draw(
            [ToyLanguage.Tokenizer.Encode(ToyLanguage.Questions[prompt].Prompt)],
            samples * trials,
            ToyLanguage.MaxCompletionTokens,
            new SamplingOptions(),
            new SamplingAddress(Seed, RandomPurpose.Rollout, (uint)prompt));
        var kept = new int[completions.Count];
        foreach (SampledCompletion[] group in drawn.Chunk(samples))
        {
            kept[group.Select(completion => completions[completion.Sequence]).MaxBy(index => rewards[index])]++;
        }

        return kept;
    }
}
