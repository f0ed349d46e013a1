using System.Numerics.Tensors;

namespace RlCore.Trainers.Serving;

/// <summary>Log-probs from logits.</summary>
internal static class TokenScores
{
    /// <summary>log softmax(logits) of a token, and of the most probable ones.</summary>
    /// <param name="logits">One logit a token.</param>
    /// <param name="token">The token.</param>
    /// <param name="top">How many of the most probable ones; equal ones in order of their ids.</param>
    public static TokenScore Of(ReadOnlySpan<float> logits, int token, int top)
    {
        float largest = TensorPrimitives.Max(logits);
        double sum = 0;
        foreach (float logit in logits)
        {
            sum += Math.Exp(logit - (double)largest);
        }

        double log = largest + Math.Log(sum);
        return new TokenScore(logits[token] - log, Top(logits, top, log));
    }

    private static (int Token, double LogProb)[] Top(ReadOnlySpan<float> logits, int count, double log)
    {
        var best = new PriorityQueue<int, (float Logit, int Earlier)>();
        for (int id = 0; id < logits.Length && count > 0; id++)
        {
            if (best.Count < count)
            {
                best.Enqueue(id, (logits[id], -id));
            }
            else if (logits[id] > logits[best.Peek()])
            {
                best.EnqueueDequeue(id, (logits[id], -id));
            }
        }

        var found = new (int Token, double LogProb)[best.Count];
        for (int i = found.Length - 1; i >= 0; i--)
        {
            int id = best.Dequeue();
            found[i] = (id, logits[id] - log);
        }

        return found;
    }
}
