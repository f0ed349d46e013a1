using RlCore;

double[] chosen = [-12.3, -8.1], rejected = [-14.0, -7.9];
double[] refChosen = [-12.9, -8.4], refRejected = [-13.5, -8.2];
var dpo = Losses.Dpo<double>(chosen, rejected, refChosen, refRejected, beta: 0.1);
System.Console.WriteLine($"loss {dpo.Loss:F6}, gradient {dpo.ChosenGradient} and {dpo.RejectedGradient}");
