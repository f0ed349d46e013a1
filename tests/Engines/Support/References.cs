namespace RlCore.Engines.Tests;

/// <summary>The operations as their formulas, in double, one element at a time.</summary>
public static class References
{
    public static Matrix Linear(Matrix x, Matrix weight, Matrix bias)
    {
        var product = x.Times(weight.Transposed);
        return Matrix.Of(product.Rows, product.Columns, (i, j) => product[i, j] + bias[0, j]);
    }

    public static Matrix LayerNorm(Matrix x, Matrix gain, Matrix bias, double epsilon)
    {
        var result = Matrix.Zeros(x.Rows, x.Columns);
        for (int row = 0; row < x.Rows; row++)
        {
            var values = Row(x, row);
            double mean = values.Average();
            double deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)) + epsilon);
            for (int column = 0; column < x.Columns; column++)
            {
                result[row, column] = ((values[column] - mean) / deviation * gain[0, column]) + bias[0, column];
            }
        }

        return result;
    }

    public static Matrix RmsNorm(Matrix x, Matrix gain, double epsilon) =>
        Matrix.Of(x.Rows, x.Columns, (i, j) => x[i, j] / Math.Sqrt(Row(x, i).Average(value => value * value) + epsilon) * gain[0, j]);

    public static double Gelu(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))));

    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    public static Matrix GatedSilu(Matrix x) =>
        Matrix.Of(x.Rows, x.Columns / 2, (i, j) => x[i, j] * Sigmoid(x[i, j]) * x[i, j + (x.Columns / 2)]);

    public static Matrix NormHeads(Matrix qkv, HeadLayout heads, Matrix queryGain, Matrix keyGain, double epsilon)
    {
        var result = qkv.Copy();
        for (int row = 0; row < qkv.Rows; row++)
        {
            for (int head = 0; head < heads.Heads + heads.KeyValueHeads; head++)
            {
                int first = head * heads.Size;
                double[] values = Row(qkv, row)[first..(first + heads.Size)];
                double root = Math.Sqrt(values.Average(value => value * value) + epsilon);
                var gain = head < heads.Heads ? queryGain : keyGain;
                for (int i = 0; i < heads.Size; i++)
                {
                    result[row, first + i] = values[i] / root * gain[0, i];
                }
            }
        }

        return result;
    }

    public static Matrix LowRank(Matrix y, Matrix x, Matrix down, Matrix up, int firstColumn, double scale)
    {
        var change = x.Times(down.Transposed).Times(up.Transposed);
        return Matrix.Of(y.Rows, y.Columns, (i, j) =>
            y[i, j] + (j >= firstColumn && j < firstColumn + up.Rows ? scale * change[i, j - firstColumn] : 0));
    }

    public static Matrix Rotary(Matrix qkv, HeadLayout heads, int[] positions, double[] frequencies, double scale)
    {
        var result = qkv.Copy();
        int half = heads.Size / 2;
        for (int row = 0; row < qkv.Rows; row++)
        {
            for (int head = 0; head < heads.Heads + heads.KeyValueHeads; head++)
            {
                for (int i = 0; i < half; i++)
                {
                    double angle = positions[row] * frequencies[i];
                    var (cosine, sine) = (scale * Math.Cos(angle), scale * Math.Sin(angle));
                    int first = (head * heads.Size) + i;
                    int second = first + half;
                    result[row, first] = (qkv[row, first] * cosine) - (qkv[row, second] * sine);
                    result[row, second] = (qkv[row, second] * cosine) + (qkv[row, first] * sine);
                }
            }
        }

        return result;
    }

    public static Matrix CausalAttention(Matrix qkv, HeadLayout heads, int[] lengths, int time)
    {
        var result = Matrix.Zeros(qkv.Rows, heads.OutputWidth);
        for (int sequence = 0; sequence < lengths.Length; sequence++)
        {
            for (int head = 0; head < heads.Heads; head++)
            {
                for (int t = 0; t < lengths[sequence]; t++)
                {
                    Attend(qkv, heads, sequence * time, head, t, result);
                }
            }
        }

        return result;
    }

    public static (Matrix LogProbs, Matrix Entropy) SelectedLogProbs(
        Matrix hidden, Matrix head, int[] targets, int rows, int columns, double temperature)
    {
        var logits = hidden.Times(head.Transposed);
        var (logProbs, entropy) = (Matrix.Zeros(rows, columns), Matrix.Zeros(rows, columns));
        for (int i = 0; i < targets.Length; i++)
        {
            if (targets[i] >= 0)
            {
                var row = LogSoftmax(Row(logits, i).Select(logit => logit / temperature).ToArray());
                logProbs.Values[i] = row[targets[i]];
                entropy.Values[i] = -row.Sum(logProb => logProb * Math.Exp(logProb));
            }
        }

        return (logProbs, entropy);
    }

    public static double[] LogSoftmax(double[] logits)
    {
        double largest = logits.Max();
        double log = largest + Math.Log(logits.Sum(logit => Math.Exp(logit - largest)));
        return [.. logits.Select(logit => logit - log)];
    }

    public static double[] Row(Matrix x, int row) => x.Values[(row * x.Columns)..((row + 1) * x.Columns)];

    private static void Attend(Matrix qkv, HeadLayout heads, int start, int head, int t, Matrix result)
    {
        int shared = head * heads.KeyValueHeads / heads.Heads;
        int query = head * heads.Size;
        int key = (heads.Heads + shared) * heads.Size;
        int value = (heads.Heads + heads.KeyValueHeads + shared) * heads.Size;
        var scores = Enumerable.Range(0, t + 1)
            .Select(
                s => Enumerable.Range(0, heads.Size).Sum(i => qkv[start + t, query + i] * qkv[start + s, key + i]) / Math.Sqrt(heads.Size))
            .ToArray();
        var weights = LogSoftmax(scores).Select(Math.Exp).ToArray();
        for (int i = 0; i < heads.Size; i++)
        {
            result[start + t, query + i] = Enumerable.Range(0, t + 1).Sum(s => weights[s] * qkv[start + s, value + i]);
        }
    }
}
