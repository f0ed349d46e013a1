using RlCore.Engines;

namespace RlCore.Studies.Verification;

/// <summary>The operations of a decoder as their formulas, in doubles, one element at a time. Matrices are row-major.</summary>
internal static class ReferenceModel
{
    public static double[] Linear(double[] x, double[] weight, int inputs)
    {
        int rows = x.Length / inputs;
        int outputs = weight.Length / inputs;
        var result = new double[rows * outputs];
        for (int i = 0; i < result.Length; i++)
        {
            int row = i / outputs * inputs;
            int column = i % outputs * inputs;
            for (int k = 0; k < inputs; k++)
            {
                result[i] += x[row + k] * weight[column + k];
            }
        }

        return result;
    }

    public static double[] LayerNorm(double[] x, double[] gain, double[] bias, double epsilon) => PerRow(x, gain.Length, row =>
    {
        double mean = row.Average();
        double deviation = Math.Sqrt(row.Average(value => (value - mean) * (value - mean)) + epsilon);
        return [.. row.Select((value, i) => ((value - mean) / deviation * gain[i]) + bias[i])];
    });

    public static double[] RmsNorm(double[] x, double[] gain, double epsilon) => PerRow(x, gain.Length, row =>
    {
        double root = Math.Sqrt(row.Average(value => value * value) + epsilon);
        return [.. row.Select((value, i) => value / root * gain[i])];
    });

    public static double[] NormHeads(double[] qkv, HeadLayout heads, double[] queryGain, double[] keyGain, double epsilon) =>
        PerRow(qkv, heads.PackedWidth, row =>
        {
            int keys = heads.Heads * heads.Size;
            int values = keys + (heads.KeyValueHeads * heads.Size);
            return [.. RmsNorm(row[..keys], queryGain, epsilon), .. RmsNorm(row[keys..values], keyGain, epsilon), .. row[values..]];
        });

    /// <summary>y + scale · (x·downᵀ)·upᵀ in the columns of y from the first on.</summary>
    public static double[] LowRank(
        double[] y, double[] x, double[] down, double[] up, (int Inputs, int Rank, int Columns, int First) shape, double scale)
    {
        double[] change = Linear(Linear(x, down, shape.Inputs), up, shape.Rank);
        int outputs = up.Length / shape.Rank;
        return [.. y.Select((value, i) => (i % shape.Columns) - shape.First is >= 0 and int column && column < outputs
            ? value + (scale * change[(i / shape.Columns * outputs) + column])
            : value)];
    }

    public static double[] Gelu(double[] x) =>
        [.. x.Select(v => 0.5 * v * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (v + (0.044715 * v * v * v)))))];

    public static double[] GatedSilu(double[] x, int columns) => PerRow(x, columns, row =>
        [.. Enumerable.Range(0, columns / 2).Select(i => row[i] / (1 + Math.Exp(-row[i])) * row[i + (columns / 2)])]);

    public static double[] Rotary(double[] qkv, HeadLayout heads, int[] positions, double theta, double scale)
    {
        int index = 0;
        return PerRow(qkv, heads.PackedWidth, row =>
        {
            double[] turned = [.. row];
            int half = heads.Size / 2;
            for (int i = 0; i < (heads.Heads + heads.KeyValueHeads) * half; i++)
            {
                int first = (i / half * heads.Size) + (i % half);
                (double sin, double cos) = Math.SinCos(positions[index] * Math.Pow(theta, -2.0 * (i % half) / heads.Size));
                turned[first] = scale * ((row[first] * cos) - (row[first + half] * sin));
                turned[first + half] = scale * ((row[first + half] * cos) + (row[first] * sin));
            }

            index++;
            return turned;
        });
    }

    public static double[] CausalAttention(double[] qkv, HeadLayout heads, int[] lengths, int time)
    {
        var result = new double[lengths.Length * time * heads.OutputWidth];
        for (int i = 0; i < lengths.Length * heads.Heads * time; i++)
        {
            (int t, int head, int sequence) = (i % time, i / time % heads.Heads, i / time / heads.Heads);
            if (t < lengths[sequence])
            {
                Attend(qkv, heads, sequence * time, t, head).CopyTo(
                    result, (((sequence * time) + t) * heads.OutputWidth) + (head * heads.Size));
            }
        }

        return result;
    }

    /// <summary>Log-probs of the targets and entropies; 0 where a target is negative.</summary>
    public static (double[] LogProbs, double[] Entropies) SelectedLogProbs(
        double[] hidden, double[] head, int width, int[] targets, double temperature)
    {
        double[] logits = Linear(hidden, head, width);
        int vocabulary = head.Length / width;
        (double[] logProbs, double[] entropies) = (new double[targets.Length], new double[targets.Length]);
        for (int i = 0; i < targets.Length; i++)
        {
            if (targets[i] >= 0)
            {
                double[] row = LogSoftmax([.. logits.AsSpan(i * vocabulary, vocabulary).ToArray().Select(logit => logit / temperature)]);
                logProbs[i] = row[targets[i]];
                entropies[i] = -row.Sum(logProb => logProb * Math.Exp(logProb));
            }
        }

        return (logProbs, entropies);
    }

    public static double[] LogSoftmax(double[] logits)
    {
        double peak = logits.Max();
        double normaliser = peak + Math.Log(logits.Sum(logit => Math.Exp(logit - peak)));
        return [.. logits.Select(logit => logit - normaliser)];
    }

    private static double[] Attend(double[] qkv, HeadLayout heads, int start, int t, int head)
    {
        int shared = head * heads.KeyValueHeads / heads.Heads;
        int keys = (heads.Heads + shared) * heads.Size;
        int values = keys + (heads.KeyValueHeads * heads.Size);
        double At(int token, int column) => qkv[((start + token) * heads.PackedWidth) + column];
        double[] weights = LogSoftmax([.. Enumerable.Range(0, t + 1).Select(s =>
            Enumerable.Range(0, heads.Size).Sum(i => At(t, (head * heads.Size) + i) * At(s, keys + i)) / Math.Sqrt(heads.Size))]);
        return [.. Enumerable.Range(0, heads.Size)
            .Select(i => Enumerable.Range(0, t + 1).Sum(s => Math.Exp(weights[s]) * At(s, values + i)))];
    }

    private static double[] PerRow(double[] x, int columns, Func<double[], double[]> function) =>
        [.. Enumerable.Range(0, x.Length / columns).SelectMany(row => function(x[(row * columns)..((row + 1) * columns)]))];
}
