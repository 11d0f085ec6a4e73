function t(c){c.send("x")}module.exports=t;
